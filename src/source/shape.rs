//! The shape of a Compose value that no proof reads: checked as Compose's own schema would, then kept as a plain tree.

use std::collections::HashSet;

use super::{
    command as commands,
    reference::{DOOR, Key, names},
    requirement::Requirement,
    scalar::BAD_VALUE,
    table::{Item, Table},
    tree::Kind,
};
use crate::{
    diag::nearest,
    model::{Bytes, Command, Map, Value, variable},
};

/// The words of [`Shape::PullPolicy`] that are suggested.
pub(super) const PULL_POLICIES: [&str; 7] =
    ["always", "never", "build", "missing", "if_not_present", "daily", "weekly"];

/// The shape of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// true or false, or a text with a variable.
    Bool,
    /// true or false, and never a text: Compose puts no variable in.
    BareBool,
    /// A whole number, also as a text.
    Int,
    /// A whole number between these two, also as a text.
    Between(i64, i64),
    /// A whole number between these two, and never a text.
    BareInt(i64, i64),
    /// A number, also as a text.
    Number,
    /// A number, and never a text.
    BareNumber,
    /// How many devices: a whole number, also as a text, or `all`.
    DeviceCount,
    /// A text.
    Text,
    /// A text that is not empty.
    Filled,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// When an image is pulled: one of a few words, or `every_12h`.
    PullPolicy,
    /// A text, number or boolean, kept as its text.
    Scalar,
    /// A text or boolean, kept as it is.
    TextOrBool,
    /// A size, also as a whole number of bytes.
    Size,
    /// A duration.
    Duration,
    /// File permissions, kept as an octal text.
    Mode,
    /// File permissions where Compose takes only a number.
    ModeNumber,
    /// A list of texts.
    List,
    /// A list of texts and numbers.
    Scalars,
    /// A text or a list of texts.
    TextOrList,
    /// A table of texts, none of them without a name.
    Texts,
    /// A table of scalars, or a list of `KEY=value`.
    ListOrMap,
    /// The same, where Compose refuses a name of the list with a space at its end.
    Variables,
    /// The same, where each item of the list contains a `=` or is one of these words.
    Pairs(&'static [&'static str]),
    /// Host names with an address or a list of them, or a list of `NAME=address`.
    Hosts,
    /// A text that Compose splits into words, or a list of words.
    Command,
    /// The test of a health check: a text for a shell, or a list of words.
    Test,
    /// A list of values of one shape.
    Each(&'static Self),
    /// A table with any keys, and values of one shape.
    MapOf(&'static Self),
    /// A table of known keys.
    Keys(&'static [Key<Self>]),
    /// The same without `x-...` keys.
    Closed(&'static [Key<Self>]),
    /// The same, where Compose asks for something else as well.
    Needing(&'static [Key<Self>], Requirement),
    /// A value that is a list without repeated items.
    Distinct(&'static Self),
    /// The first for a scalar, the second for a table or list.
    Or(&'static Self, &'static Self),
    /// Anything.
    Any,
}

/// Whether a text is a pull policy. `every_` takes whole numbers with units; Compose looks for that anywhere in the text, and
/// fails to read the rest when it pulls.
pub(super) fn is_pull_policy(text: &str) -> bool {
    let Some(period) = text.strip_prefix("every_") else {
        return PULL_POLICIES.contains(&text) || text == "refresh";
    };
    let ends = period.ends_with(['w', 'd', 'h', 'm', 's']);
    ends && period
        .split_terminator(['w', 'd', 'h', 'm', 's'])
        .all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Item<'_, '_> {
    /// A value of that shape as a plain tree; reported where it has another.
    pub(super) fn shaped(&self, shape: Shape) -> Option<Value> {
        let kind = self.node.kind();
        let with_variable = self.node.as_str().is_some_and(variable::has_variable);
        match shape {
            Shape::Bool
            | Shape::Int
            | Shape::Between(..)
            | Shape::Number
            | Shape::DeviceCount
            | Shape::OneOf(_)
            | Shape::PullPolicy
            | Shape::Size
                if with_variable =>
            {
                self.text().map(Value::String)
            }
            Shape::Bool | Shape::BareBool => self.boolean().map(Value::Bool),
            Shape::Int => self.whole(i64::MIN, i64::MAX).map(Value::Int),
            Shape::Between(least, most) => self.whole(least, most).map(Value::Int),
            Shape::BareInt(..) | Shape::BareNumber if self.node.as_str().is_some() => {
                self.wrong_type("a number without quotes")
            }
            Shape::BareInt(least, most) => self.whole(least, most).map(Value::Int),
            Shape::Number | Shape::BareNumber => self.number(),
            Shape::DeviceCount if self.node.as_str().is_some_and(|text| text.eq_ignore_ascii_case("all")) => {
                Some(Value::from("all"))
            }
            Shape::DeviceCount => self.whole(i64::MIN, i64::MAX).map(Value::Int),
            Shape::Text => self.text().map(Value::String),
            Shape::Filled => self.filled_text().map(Value::String),
            Shape::OneOf(known) => self.one_of(known, |text| known.contains(&text)),
            Shape::PullPolicy => self.one_of(&PULL_POLICIES, is_pull_policy),
            Shape::Scalar => self.written().map(Value::String),
            Shape::TextOrBool => match kind {
                Kind::Boolean(value) => Some(Value::Bool(value)),
                _ => self.text().map(Value::String),
            },
            Shape::Size => match kind {
                Kind::Integer(_) => self.whole(0, i64::MAX).map(Value::Int),
                _ => self.bytes().map(|bytes: Bytes| Value::String(bytes.exact())),
            },
            Shape::Duration => self.duration().map(|written| Value::String(written.text)),
            Shape::Mode => self.mode().map(|mode| Value::String(format!("{mode:04o}"))),
            Shape::ModeNumber => self.mode().map(|mode| Value::Int(mode.into())),
            Shape::List => self.texts().map(list),
            Shape::Scalars => self.list().map(|items| list(items.iter().filter_map(Item::written).collect())),
            Shape::TextOrList if self.node.is_array() => self.texts().map(list),
            Shape::TextOrList if self.node.as_str().is_some() => self.text().map(Value::String),
            Shape::TextOrList => self.text_or_texts().map(list),
            Shape::ListOrMap => self.list_or_map(&["="], scalar, |_| None),
            Shape::Variables => self.list_or_map(&["="], scalar, |text| {
                let name = text.split('=').next().unwrap_or_default();
                name.ends_with(char::is_whitespace).then_some("a name ends with a space")
            }),
            Shape::Pairs(words) => self.list_or_map(&["="], scalar, |text| {
                let fits = text.contains('=') || words.contains(&text) || variable::has_variable(text);
                (!fits).then_some("it is KEY=VALUE")
            }),
            Shape::Hosts => {
                let addresses = |item: &Item<'_, '_>| match item.as_list() {
                    Some(_) => item.texts().map(list),
                    None => item.text().map(Value::String),
                };
                self.list_or_map(&["=", ":"], addresses, |_| None)
            }
            Shape::Command => commands::split(self).map(command),
            Shape::Test => commands::decode(self).map(command),
            Shape::Each(shape) => {
                let items = self.list()?;
                Some(Value::List(items.iter().filter_map(|item| item.shaped(*shape)).collect()))
            }
            Shape::MapOf(shape) => {
                self.table().map(|table| Value::Map(each(&table, |item| item.shaped(*shape))))
            }
            Shape::Texts => {
                let table = self.table()?;
                let text = |item: &Item<'_, '_>| item.text().filter(|_| item.is_named()).map(Value::String);
                Some(Value::Map(each(&table, text)))
            }
            Shape::Keys(keys) => self.keys(keys, true),
            Shape::Closed(keys) => self.keys(keys, false),
            Shape::Needing(keys, need) => {
                let value = self.keys(keys, true)?;
                self.requires(need);
                Some(value)
            }
            Shape::Distinct(shape) => {
                let value = self.shaped(*shape);
                self.distinct();
                value
            }
            Shape::Or(scalar, tree) => {
                let is_tree = self.node.is_table() || self.node.is_array();
                self.shaped(if is_tree { *tree } else { *scalar })
            }
            Shape::Any => self.tree(),
        }
    }

    /// The value as a plain tree: types stay, a date becomes its text, malformed variables are reported.
    pub(super) fn tree(&self) -> Option<Value> {
        Some(match self.node.kind() {
            Kind::String(_) => Value::String(self.text()?),
            Kind::Integer(_) => Value::Int(self.integer()?),
            Kind::Float(number) => Value::Float(number.parse().ok()?),
            Kind::Boolean(value) => Value::Bool(value),
            Kind::Null => return self.wrong_type("a value"),
            Kind::Date(_) => Value::String(self.written()?),
            Kind::Array => Value::List(self.as_list()?.iter().filter_map(Item::tree).collect()),
            Kind::Table => Value::Map(each(&self.as_table()?, |item| item.tree())),
        })
    }

    fn number(&self) -> Option<Value> {
        let number = match self.node.kind() {
            Kind::Integer(_) => return self.integer().map(Value::Int),
            Kind::Float(number) => number.parse::<f64>().ok(),
            Kind::String(text) => text.parse::<f64>().ok(),
            _ => None,
        };
        let number = number.filter(|number| number.is_finite()).map(Value::Float);
        number.or_else(|| self.wrong_type("a number"))
    }

    fn one_of(&self, known: &[&str], accepts: impl Fn(&str) -> bool) -> Option<Value> {
        let text = self.plain_text()?;
        if accepts(text) {
            return Some(Value::from(text));
        }
        self.reject(|| {
            self.error(&BAD_VALUE, format!("{text:?} is not a value of {}", self.path()))
                .label(match nearest(text, known.iter().copied()) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => "not known".to_owned(),
                })
                .why("Compose refuses the file")
                .help(match known {
                    [only] => format!("write \"{only}\""),
                    _ => format!("write one of {}", known.join(", ")),
                })
        })
    }

    /// A text that Compose interpolates, and that is not empty.
    pub(super) fn filled_text(&self) -> Option<String> {
        let text = self.text()?;
        if text.is_empty() {
            return self.reject(|| {
                self.error(&BAD_VALUE, format!("{} is empty", self.path()))
                    .label("empty")
                    .help("write a value, or remove the key")
            });
        }
        Some(text)
    }

    /// Scalars of a table stay as they are written, so that nothing on the way to the container re-prints a number. `wrong`
    /// says what is wrong with an item of a list. Where a list lies above or beneath the other, both become one list, which
    /// the keys before a separator merge.
    fn list_or_map(
        &self,
        separators: &[&str],
        value: impl Fn(&Item<'_, '_>) -> Option<Value> + Copy,
        wrong: impl Fn(&str) -> Option<&'static str> + Copy,
    ) -> Option<Value> {
        let own = if let Some(table) = self.as_table() {
            Value::Map(each(&table, |item| value(item).filter(|_| item.is_named())))
        } else if let Some(items) = self.as_list() {
            let texts = items.iter().filter_map(|item| {
                let text = item.text()?;
                let problem = wrong(&text);
                problem.into_iter().for_each(|asked| item.refuse(asked));
                problem.is_none().then_some(text)
            });
            list(texts.collect())
        } else {
            return self.wrong_type("a table, or a list of strings");
        };
        let beneath = self.beneath_a_list().and_then(|beneath| beneath.list_or_map(separators, value, wrong));
        let Some(beneath) = beneath else { return Some(own) };
        let key = |text: &str| {
            let ends = separators.iter().filter_map(|separator| text.find(separator));
            text[..ends.min().unwrap_or(text.len())].to_owned()
        };
        let own = entries(own);
        let mut merged = entries(beneath);
        let keys: HashSet<String> = own.iter().map(|text| key(text)).collect();
        merged.retain(|text| !keys.contains(&key(text)));
        merged.extend(own);
        Some(list(merged))
    }

    fn keys(&self, keys: &'static [Key<Shape>], extensions: bool) -> Option<Value> {
        let table = self.table()?;
        let mut passed = Map::new();
        let mut map = Map::new();
        for item in table.items() {
            match keys.iter().find(|key| key.name == item.key()) {
                Some(key) => item.keep_in(&mut map, item.shaped(key.form)),
                None if extensions && item.key().starts_with("x-") => item.keep_in(&mut map, item.tree()),
                None if item.key() == DOOR => item.door(&table, keys, |_| false, &mut passed),
                None => item.keep_in(&mut map, item.unknown_value(names(keys))),
            }
        }
        map.extend(passed);
        for Key { name, .. } in keys.iter().filter(|key| key.required && table.get(key.name).is_none()) {
            table.missing(name, &format!("`{name}`, which Compose asks for"));
        }
        Some(Value::Map(map))
    }
}

fn scalar(item: &Item<'_, '_>) -> Option<Value> {
    item.written().map(Value::String)
}

fn command(command: Command) -> Value {
    match command {
        Command::Shell(text) => Value::String(text),
        Command::Exec(words) => list(words),
    }
}

fn each(table: &Table<'_, '_>, value: impl Fn(&Item<'_, '_>) -> Option<Value>) -> Map {
    table.items().filter_map(|item| value(&item).map(|value| (item.key().to_owned(), value))).collect()
}

/// A list or table as a list of `KEY=value`.
fn entries(value: Value) -> Vec<String> {
    match value {
        Value::List(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Map(map) => {
            // Compose puts variables in the names of a list, and in none of a table.
            let entry = |(key, value): (String, Value)| match (key.replace('$', "$$"), value) {
                (key, Value::String(text)) => vec![format!("{key}={text}")],
                (key, several) => entries(several).into_iter().map(|text| format!("{key}={text}")).collect(),
            };
            map.into_iter().flat_map(entry).collect()
        }
        _ => Vec::new(),
    }
}

fn list(texts: Vec<String>) -> Value {
    Value::List(texts.into_iter().map(Value::String).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service, stack};
    use super::*;

    #[test]
    fn lists_and_tables_of_keys_merge_with_defaults() {
        let text = |defaults: &str, own: &str| {
            let text = format!("[defaults]\n{defaults}\n[services.api]\n{own}");
            let service = stack(&text).services.swap_remove("api").unwrap();
            let environment = service.environment.iter().map(|(key, value)| match value {
                Some(value) => format!("{key}={value}"),
                None => key.clone(),
            });
            let rest = service.rest.into_values().flat_map(entries);
            environment.chain(rest).collect::<Vec<_>>().join(" ")
        };
        for key in ["environment", "labels", "sysctls", "annotations"] {
            let forms =
                |table: &str, list: &str| [format!("{key} = {{ {table} }}"), format!("{key} = [{list}]")];
            let defaults = forms("a = 1, b = \"x=y\"", "\"a=1\", \"b=x=y\"");
            let own = forms("b = 2, c = 3", "\"b=2\", \"c=3\"");
            for defaults in &defaults {
                for own in &own {
                    assert_eq!(text(defaults, own), "a=1 b=2 c=3", "{defaults} {own}");
                }
            }
        }
        assert_eq!(text("environment = { A = 1, B = 2 }", "environment = [\"A\"]"), "A B=2");
        assert_eq!(text("environment = { A = 1 }", "environment = []"), "A=1");
        let hosts = "extra_hosts = { a = [\"1.1.1.1\", \"::1\"], b = \"2.2.2.2\" }";
        assert_eq!(text(hosts, "extra_hosts = [\"b:3.3.3.3\"]"), "a=1.1.1.1 a=::1 b:3.3.3.3");
        assert_eq!(
            text(
                "build = { context = \".\", args = { A = 1 } }",
                "build = { args = [\"B\"] }\nimage = \"x\""
            ),
            ""
        );
        // A plain list is a whole: an empty one undoes the default.
        assert_eq!(text("cap_drop = [\"ALL\"]", "cap_drop = []"), "");
    }

    #[test]
    fn values_are_kept_as_written() {
        let rest = service(
            "labels = { level = 1.10, on = true }\nsysctls = [\"a=1\"]\nexpose = [80, \"81-82\"]\nshm_size = \"1.5g\"\ninit = \"${INIT}\"\nulimits = { nproc = 5, nofile = { soft = 1, hard = 2 } }\nextra_hosts = { a = [\"1.1.1.1\", \"2.2.2.2\"] }\npull_policy = \"every_12h\"",
        )
        .rest;
        let labels = rest["labels"].as_map().unwrap();
        assert_eq!((labels["level"].as_str(), labels["on"].as_str()), (Some("1.10"), Some("true")));
        assert_eq!(rest["shm_size"].as_str(), Some("1536M"));
        assert_eq!(rest["init"].as_str(), Some("${INIT}"));
        assert_eq!(rest["expose"].as_list().unwrap(), [Value::from("80"), Value::from("81-82")]);
        assert_eq!(rest["ulimits"].as_map().unwrap()["nproc"], Value::Int(5));
    }

    #[test]
    fn shapes_are_those_of_composes_schema() {
        insta::assert_snapshot!(
            in_service("user = 1000\nread_only = \"yes\"\ncap_drop = \"ALL\"\nsecurity_opt = [\"a\", \"a\"]\nulimits = { nofile = { soft = 1 } }\npull_policy = \"alway\"\ngpus = \"one\"\nlabels = 5\nstop_grace_period = 5\ncpu_shares = \"many\"\nshm_size = -1\ndevices = [{ source = \"/dev/x\" }]\npost_start = [{ user = \"x\" }]\nblkio_config = { weigth = 5 }"),
            @r#"
            wrong-type at `1000`: services.api.user must be a string in quotes, not an integer (expected a string in quotes)
            wrong-type at `"yes"`: services.api.read_only must be true or false, not a string (expected true or false)
            wrong-type at `"ALL"`: services.api.cap_drop must be a list of strings, not a string (expected a list of strings)
            duplicate-item at `"a"`: `security_opt` of service `api` contains `a` twice ()
            missing-key at `{ soft = 1 }`: services.api.ulimits.nofile has no `hard` (`hard` is missing)
            bad-value at `"alway"`: "alway" is not a value of services.api.pull_policy (did you mean "always"?)
            bad-value at `"one"`: "one" is not a value of services.api.gpus (not known)
            wrong-type at `5`: services.api.labels must be a table, or a list of strings, not an integer (expected a table, or a list of strings)
            bad-duration at `5`: services.api.stop_grace_period must be a string with a unit, not an integer (expected a duration such as "30s")
            wrong-type at `"many"`: services.api.cpu_shares must be a whole number, not a string (expected a whole number)
            bad-number at `-1`: services.api.shm_size must be at least 0, not -1 (at least 0)
            missing-key at `{ source = "/dev/x" }`: services.api.devices[0] has no `target` (`target` is missing)
            missing-key at `{ user = "x" }`: services.api.post_start[0] has no `command` (`command` is missing)
            unknown-key at `weigth`: unknown key `weigth` in services.api.blkio_config (did you mean `weight`?)
            "#
        );
    }
}
