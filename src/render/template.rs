//! The one file that knows templates: `templates/NAME` becomes text. Jinja's syntax; an undefined value is an error, nothing
//! is escaped, and a template reads nothing but what it is given and other files of `templates/`.

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, context, syntax::SyntaxConfig,
    value::Serde,
};
use serde::Serialize;

use super::{
    diagnostics::{TEMPLATE_FAILED, TEMPLATE_SYNTAX, TEMPLATE_UNDEFINED, TEMPLATE_UNREADABLE},
    path_guard, template_depth,
};
use crate::{
    diag::{Diagnostic, Place},
    fs::{self, Unresolved},
};

/// The folder of the templates, beside stack.toml.
pub const FOLDER: &str = "templates";
/// Instructions that one template may take, and 64 bytes of output each: far above what a configuration file needs.
const FUEL: u64 = 200_000;
/// The stack that a template runs on. It can nest values while it runs, an instruction and a half a level, and they are printed,
/// compared and dropped by recursion: 1,500 bytes a level in a debug build. 130,000 levels then take 195 MB.
const STACK_BYTES: usize = 256 << 20;
/// How long one template may take. Fuel does not bound the time to print or compare a value that holds another one twice, many
/// levels deep.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The templates of a project and what they all may read.
#[derive(Debug)]
pub struct Templates {
    folder: Arc<Folder>,
    environment: Arc<Environment<'static>>,
    shared: Value,
    time_limit: Duration,
    /// One was given up after [`TIME_LIMIT`], and no other is tried.
    has_overrun: AtomicBool,
}

impl Templates {
    /// The templates below `root`; the keys of `shared` are their variables. `secrets` are files that no template may be,
    /// each with the name of the secret.
    pub fn new(root: &Path, shared: &impl Serialize, secrets: Vec<(PathBuf, String)>) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        // A line that holds only a block tag leaves no line behind.
        let syntax =
            SyntaxConfig::builder().keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.expect("only delimiters can be wrong, and they are the defaults"));
        environment.set_debug(true);
        environment.set_fuel(Some(FUEL));
        environment.add_filter("mb", |bytes: u64| bytes >> 20);
        environment.add_filter("percent", |value: u64, percent: u64| {
            u64::try_from(u128::from(value) * u128::from(percent) / 100).unwrap_or(u64::MAX)
        });
        environment.add_filter("size", |bytes: u64| crate::model::Bytes(bytes).exact());
        let folder = Arc::new(Folder { root: root.to_owned(), secrets });
        let loader = Arc::clone(&folder);
        environment.set_loader(move |name| match loader.read(name) {
            Ok(text) => Ok(Some(text)),
            Err(Unreadable::Missing) => Ok(None),
            Err(error) => Err(Error::new(ErrorKind::BadInclude, format!("templates/{name} {error}"))),
        });
        Self {
            folder,
            environment: Arc::new(environment),
            shared: Value::from(Serde(shared)),
            time_limit: TIME_LIMIT,
            has_overrun: AtomicBool::new(false),
        }
    }

    /// Render one template for one service, which it reads as `service`.
    ///
    /// # Errors
    /// When it cannot be read, is malformed, names what does not exist, or fails while it runs.
    pub fn render(&self, name: &str, service: &impl Serialize) -> Result<String, Box<Diagnostic>> {
        let place = || Place::File { path: Path::new(FOLDER).join(name), span: None };
        let source = self.folder.read(name).map_err(|error| {
            Box::new(
                Diagnostic::new(&TEMPLATE_UNREADABLE, format!("templates/{name} {error}")).place(place()),
            )
        })?;
        let context = context! { service => Value::from(Serde(service)), ..self.shared.clone() };
        let failed = |problem: &str| Err(Box::new(Diagnostic::new(&TEMPLATE_FAILED, problem).place(place())));
        if self.has_overrun.load(Ordering::Relaxed) {
            return failed("not tried, since another template does not come to an end");
        }
        let (sender, receiver) = mpsc::channel();
        let (environment, folder, own_name) =
            (Arc::clone(&self.environment), Arc::clone(&self.folder), name.to_owned());
        // An error holds values of the template: it is dropped there too.
        let run = move || {
            let rendered = environment.render_named_str(&own_name, &source, context);
            let rendered = rendered.map_err(|error| Box::new(folder.diagnostic(&own_name, &source, &error)));
            // Nothing waits for one that was given up.
            let _ = sender.send(rendered);
        };
        let thread = thread::Builder::new().name("template".to_owned()).stack_size(STACK_BYTES);
        if let Err(error) = thread.spawn(run) {
            return failed(&format!("no thread can be started for the template: {error}"));
        }
        receiver.recv_timeout(self.time_limit).unwrap_or_else(|_| {
            self.has_overrun.store(true, Ordering::Relaxed);
            failed(OVERRUN)
        })
    }
}

/// What a template is that takes too long, or too many instructions.
const OVERRUN: &str = "the template does not terminate";

/// Why a template cannot be read; completes "templates/NAME ...".
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("does not exist")]
    Missing,
    #[error("lies outside the project")]
    Outside,
    #[error("is not rendered: `.git` and `.stackctl` are reserved")]
    Reserved,
    #[error("leaves templates/: {} is a symbolic link; replace it with its target", .0.display())]
    Link(PathBuf),
    #[error("is the file of the secret `{0}`, and no rendered file may hold a secret")]
    Secret(String),
    #[error("has too long a chain of operators, filters or `elif` in line {0}: divide it with `{{% set %}}`")]
    TooDeep(usize),
    #[error("cannot be read: {0}")]
    Io(io::Error),
}

/// Where templates are read from.
#[derive(Debug)]
struct Folder {
    root: PathBuf,
    secrets: Vec<(PathBuf, String)>,
}

impl Folder {
    fn diagnostic(&self, name: &str, source: &str, error: &Error) -> Diagnostic {
        // The innermost cause is in the included file itself.
        let innermost = std::iter::successors(Some(error), |error| {
            std::error::Error::source(*error).and_then(|source| source.downcast_ref::<Error>())
        });
        let error = innermost.last().unwrap_or(error);
        let file = error.name().unwrap_or(name);
        let included;
        let text = if file == name {
            source
        } else {
            included = self.read(file).unwrap_or_default();
            included.as_str()
        };
        let span = error.range().or_else(|| error.line().and_then(|line| line_span(text, line)));
        let span = span.map(|span| whole_path(text, span));
        let span = span.filter(|span| text.get(span.clone()).is_some_and(|part| !part.is_empty()));
        let culprit = span
            .clone()
            .and_then(|span| text.get(span))
            .map(|part| part.lines().next().unwrap_or_default().trim());
        let detail = error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned);
        let (code, message) = match error.kind() {
            ErrorKind::SyntaxError => (&TEMPLATE_SYNTAX, format!("malformed template: {detail}")),
            ErrorKind::UndefinedError => match culprit {
                Some(culprit) => (&TEMPLATE_UNDEFINED, format!("`{culprit}` is not defined")),
                None => (&TEMPLATE_UNDEFINED, detail),
            },
            ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod => (&TEMPLATE_UNDEFINED, detail),
            ErrorKind::OutOfFuel => (&TEMPLATE_FAILED, OVERRUN.to_owned()),
            _ => (&TEMPLATE_FAILED, format!("the template fails: {detail}")),
        };
        Diagnostic::new(code, message).place(Place::File { path: Path::new(FOLDER).join(file), span })
    }

    fn read(&self, name: &str) -> Result<String, Unreadable> {
        if !path_guard::is_inside(name) {
            return Err(Unreadable::Outside);
        }
        if path_guard::is_reserved(name) {
            return Err(Unreadable::Reserved);
        }
        let sort = |error: io::Error| {
            if error.kind() == io::ErrorKind::NotFound { Unreadable::Missing } else { Unreadable::Io(error) }
        };
        let path = fs::resolve_below(&self.root, FOLDER, name).map_err(|error| match error {
            Unresolved::Link(link) => Unreadable::Link(link),
            Unresolved::Io(error) => sort(error),
        })?;
        if let Some((_, secret)) = self.secrets.iter().find(|(file, _)| *file == path) {
            return Err(Unreadable::Secret(secret.clone()));
        }
        let text = fs::read_text(&path).map_err(sort)?;
        match template_depth::too_deep(&text) {
            Some(line) => Err(Unreadable::TooDeep(line)),
            None => Ok(text),
        }
    }
}

/// An attribute's span starts at its dot: take what stands before it too.
fn whole_path(text: &str, span: Range<usize>) -> Range<usize> {
    let before = text.get(..span.start).unwrap_or_default();
    if !text.get(span.clone()).is_some_and(|part| part.starts_with(['.', '['])) {
        return span;
    }
    let path = |c: char| c.is_alphanumeric() || "_.[]'\"".contains(c);
    let start = before.char_indices().rev().find(|(_, c)| !path(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    start..span.end
}

fn line_span(text: &str, line: usize) -> Option<Range<usize>> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let length = text.get(start..)?.lines().next()?.len();
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn render(files: &[(&str, &str)], service: &serde_json::Value) -> Result<String, Box<Diagnostic>> {
        let folder = tempfile::tempdir().unwrap();
        templates(&folder, files).render(files[0].0, service)
    }

    fn templates(folder: &tempfile::TempDir, files: &[(&str, &str)]) -> Templates {
        fs::create_dir_all(folder.path().join(FOLDER)).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(FOLDER).join(name), text).unwrap();
        }
        let shared =
            json!({ "name": "orders", "services": { "b": { "replicas": 2 }, "a": { "replicas": 1 } } });
        Templates::new(folder.path(), &shared, Vec::new())
    }

    #[test]
    fn fills_in_what_the_stack_says() {
        let service = json!({ "name": "redis", "limits": { "memory": 536_870_912_u64, "cpus": 1.0 } });
        let text = "# {{ name }}/{{ service.name }} <&>\nmax {{ service.limits.memory | percent(75) | mb }}mb {{ service.limits.memory | size }}\n\
                    {% for other in services %}\n{{ other }}={{ services[other].replicas }}\n{% endfor %}\nend\n";
        assert_eq!(
            render(&[("t.conf", text)], &service).unwrap(),
            "# orders/redis <&>\nmax 384mb 512M\nb=2\na=1\nend\n"
        );
    }

    #[test]
    fn points_at_what_is_undefined() {
        let text = "a\nb {{ service.limts.memory }}\n";
        let found = render(&[("t.conf", text)], &json!({ "name": "x" })).unwrap_err();
        assert_eq!(found.code, &TEMPLATE_UNDEFINED);
        let Some(Place::File { path, span: Some(span) }) = found.place else { panic!("no place") };
        assert_eq!(path, Path::new("templates/t.conf"));
        assert_eq!(&text[span], "service.limts.memory");
        assert_eq!(found.message, "`service.limts.memory` is not defined");
    }

    #[test]
    fn points_at_malformed_text_in_the_file_that_holds_it() {
        let found = render(&[("t.conf", "{% include 'u.conf' %}"), ("u.conf", "ok\n{{ name")], &json!({}))
            .unwrap_err();
        assert_eq!(found.code, &TEMPLATE_SYNTAX);
        assert!(
            matches!(found.place, Some(Place::File { path, span: Some(_) }) if path == Path::new("templates/u.conf"))
        );
    }

    #[test]
    fn ends_what_does_not_end_and_refuses_what_lies_outside() {
        let endless = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
        assert_eq!(render(&[("t", endless)], &json!({})).unwrap_err().code, &TEMPLATE_FAILED);
        let escape = render(&[("t", "{% include '../stack.toml' %}")], &json!({})).unwrap_err();
        assert!(escape.message.contains("outside the project"), "{}", escape.message);
        let absent = render(&[("t", "{% include 'nope' %}")], &json!({})).unwrap_err();
        assert_eq!(absent.code, &TEMPLATE_FAILED);
    }

    #[test]
    fn values_that_a_template_nests_overflow_no_stack() {
        let folder = tempfile::tempdir().unwrap();
        for (open, close) in [("[", "]"), ("(", ",)"), ("{1: ", "}")] {
            let (open, close) = (open.repeat(50), close.repeat(50));
            let nested = |count: u32, end: &str| {
                let set = format!("{{% set ns.x = {open}ns.x{close} %}}{{% set ns.y = {open}ns.y{close} %}}");
                let text = format!(
                    "{{% set ns = namespace(x=1, y=1) %}}{{% for i in range({count}) %}}{set}{{% endfor %}}{end}"
                );
                templates(&folder, &[("t", &text)])
                    .render("t", &json!({}))
                    .map(|text| text.len())
                    .map_err(|found| found.message.clone())
            };
            // As deep as the instructions allow, and dropped; then less deep, and read.
            assert_eq!(nested(100_000, ""), Err(OVERRUN.to_owned()));
            for end in ["{{ ns.x|tojson }}", "{{ ns.x == ns.y }}", "{{ ns.x < ns.y }}", "{{ {ns.x: 1} }}"] {
                let read = nested(500, end);
                assert!(read.is_ok() || read == Err(OVERRUN.to_owned()), "{read:?}");
            }
            assert!(nested(300, "{{ ns.x }}").unwrap() > 30_000);
        }
    }

    #[test]
    fn a_value_that_holds_another_twice_ends() {
        let folder = tempfile::tempdir().unwrap();
        // Deep enough for the limit, and no load for long on the tests beside it.
        let twice: String = (0..24).map(|at| format!("{{% set a{} = [a{at}, a{at}] %}}", at + 1)).collect();
        let text = format!("{{% set a0 = [1] %}}{twice}{{{{ a24 == [a23, a23] }}}}{{{{ {{a24: 1}} }}}}");
        let mut templates = templates(&folder, &[("t", &text), ("u", "fine")]);
        templates.time_limit = Duration::from_millis(50);
        assert_eq!(templates.render("t", &json!({})).unwrap_err().message, OVERRUN);
        assert!(templates.render("u", &json!({})).unwrap_err().message.starts_with("not tried"));
    }
}
