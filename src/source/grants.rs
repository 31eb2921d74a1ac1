//! `secrets`, `configs` and `files` of a service.

use super::{
    reference::{FILE_KEYS, GRANT},
    table::Item,
    volumes,
};
use crate::model::{Grant, SideFile};

/// Decode an entry of `secrets` or `configs`: a name, or a table.
pub(super) fn grant(item: &Item<'_, '_>) -> Option<Grant> {
    if item.as_text().is_some() {
        let source = item.text()?;
        return Some(Grant { source, ..Grant::default() });
    }
    let Some(table) = item.as_table() else { return item.wrong_type("a name, or a table with `source`") };
    let mut source = None;
    let mut grant = Grant::default();
    for item in table.read(&GRANT, &mut grant.rest) {
        match item.key() {
            "source" => source = item.text(),
            "target" => grant.target = item.text(),
            "uid" => grant.uid = item.written(),
            "gid" => grant.gid = item.written(),
            "mode" => grant.mode = item.mode(),
            _ => {}
        }
    }
    table.requires_key("source", "`source = \"NAME\"`, the name under which it is declared");
    Some(Grant { source: source?, ..grant })
}

/// Decode an entry of `files`.
pub(super) fn file(item: &Item<'_, '_>) -> Option<SideFile> {
    let table = item.table()?;
    let (mut template, mut target) = (None, None);
    for item in table.items_of(&FILE_KEYS) {
        match item.key() {
            "template" => template = item.plain_text().map(str::to_owned),
            "target" => target = item.text().filter(|text| volumes::good_target(&item, text)),
            _ => {}
        }
    }
    table.requires_key("template", "`template = \"NAME\"`, a file in templates/");
    table.requires_key("target", "`target = \"/etc/NAME\"`, its path in the container");
    Some(SideFile { template: template?, target: target? })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};

    #[test]
    fn are_names_or_tables() {
        let lines = "secrets = [\"a\", { source = \"b\", target = \"/x\", uid = 103, mode = 0o440 }]\nconfigs = [{ source = \"c\", mode = \"0444\" }]";
        let service = service(lines);
        assert_eq!(service.secrets[0].source, "a");
        assert_eq!((service.secrets[1].mode, service.secrets[1].uid.as_deref()), (Some(0o440), Some("103")));
        assert_eq!(service.configs[0].mode, Some(0o444));
    }

    #[test]
    fn files_have_a_template_and_an_absolute_target() {
        let files = service("files = [{ template = \"a.conf\", target = \"/etc/a\" }]").files;
        assert_eq!((files[0].template.as_str(), files[0].target.as_str()), ("a.conf", "/etc/a"));
        insta::assert_snapshot!(
            in_service("files = [{ template = \"a\", target = \"etc/a\" }, { tmplate = 1 }, \"a:/b\"]"),
            @r#"
            bad-mount at `"etc/a"`: "etc/a" is not an absolute path in the container (the target is relative)
            missing-key at `{ tmplate = 1 }`: services.api.files[1] has no `template` (`template` is missing)
            missing-key at `{ tmplate = 1 }`: services.api.files[1] has no `target` (`target` is missing)
            unknown-key at `tmplate`: unknown key `tmplate` in services.api.files[1] (did you mean `template`?)
            wrong-type at `"a:/b"`: services.api.files[2] must be a table, not a string (expected a table)
            "#
        );
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("secrets = [{ source = \"a\", mode = 440 }, { source = \"b\", mode = \"rw\" }, { target = \"/x\" }, 5]"),
            @r#"
            bad-mode at `440`: 440 is not a file mode (expected octal)
            bad-mode at `"rw"`: "rw" is not a file mode (expected octal)
            missing-key at `{ target = "/x" }`: services.api.secrets[2] has no `source` (`source` is missing)
            wrong-type at `5`: services.api.secrets[3] must be a name, or a table with `source`, not an integer (expected a name, or a table with `source`)
            "#
        );
        insta::assert_snapshot!(in_service("configs = { motd = \"/etc/motd\" }"), @r#"
        wrong-type at `{ motd = "/etc/motd" }`: services.api.configs must be a list, not a table (expected a list)
        "#);
    }
}
