//! `secrets`, `configs` and `files` of a service.

use toml::de::DeValue;

use super::{table::Item, volumes};
use crate::{
    diag::{Code, Severity},
    model::{Grant, SideFile},
};

/// File permissions that mean something else than they look.
pub static BAD_MODE: Code = Code {
    name: "bad-mode",
    severity: Severity::Error,
    docs: "\
A file mode is octal: `0o440`, or the text `\"0440\"`. The decimal number 440 would be the mode 0670.

```toml
secrets = [{ source = \"db\", mode = 440 }]        # error
secrets = [{ source = \"db\", mode = 0o440 }]
```

Compose ignores the mode of a secret that is a file on the machine.",
};

/// Decode `secrets` or `configs`: names, or tables.
pub(super) fn decode(item: &Item<'_, '_>) -> Vec<Grant> {
    let items = item.list().unwrap_or_default();
    items.iter().filter_map(grant).collect()
}

fn grant(item: &Item<'_, '_>) -> Option<Grant> {
    if item.as_text().is_some() {
        let source = item.text()?;
        return Some(Grant { source, target: None, uid: None, gid: None, mode: None });
    }
    let Some(table) = item.as_table() else {
        item.wrong_type("a name, or a table with `source`");
        return None;
    };
    let mut source = None;
    let mut grant = Grant { source: String::new(), target: None, uid: None, gid: None, mode: None };
    for item in table.items() {
        match item.key() {
            "source" => source = item.text(),
            "target" => grant.target = item.text(),
            "uid" => grant.uid = item.written(),
            "gid" => grant.gid = item.written(),
            "mode" => grant.mode = mode(&item),
            _ => item.unknown(["source", "target", "uid", "gid", "mode"]),
        }
    }
    if table.get("source").is_none() {
        table.missing("source", "`source = \"NAME\"`, the name under which it is declared");
    }
    Some(Grant { source: source?, ..grant })
}

fn mode(item: &Item<'_, '_>) -> Option<u32> {
    let digits = match item.value.get_ref() {
        DeValue::Integer(number) if number.radix() == 8 || number.as_str() == "0" => number.as_str(),
        DeValue::String(text) => text.trim_start_matches("0o"),
        _ => "",
    };
    let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o7777);
    if mode.is_none() {
        item.report(|| {
            let written = item.context().text.get(item.value.span()).unwrap_or_default();
            item.error(&BAD_MODE, format!("{written} is no file mode"))
                .label("expected octal")
                .help("write octal, such as 0o440 or \"0440\"")
        });
    }
    mode
}

/// Decode `files`.
pub(super) fn files(item: &Item<'_, '_>) -> Vec<SideFile> {
    let items = item.list().unwrap_or_default();
    items.iter().filter_map(file).collect()
}

fn file(item: &Item<'_, '_>) -> Option<SideFile> {
    let table = item.table()?;
    let (mut template, mut target) = (None, None);
    for item in table.items() {
        match item.key() {
            "template" => template = item.plain_text().map(str::to_owned),
            "target" => target = item.text().filter(|text| volumes::good_target(&item, text)),
            _ => item.unknown(["template", "target"]),
        }
    }
    if table.get("template").is_none() {
        table.missing("template", "`template = \"NAME\"`, a file in templates/");
    }
    if table.get("target").is_none() {
        table.missing("target", "`target = \"/etc/NAME\"`, its path in the container");
    }
    Some(SideFile { template: template?, target: target? })
}
