//! Templates of side files.

use std::path::{Component, Path, PathBuf};

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, service_path},
    fs::{self, Unresolved},
};

static MISSING_TEMPLATE: Code = Code::error(
    "missing-template",
    Allow::Never(Allow::NOT_RENDERED),
    "\
An entry of `files` names a template that does not exist below `templates/` beside stack.toml, or that is not a file.

```toml
files = [{ template = \"nginx.conf\", target = \"/etc/nginx/nginx.conf\" }]   # templates/nginx.conf
```",
);

static TEMPLATE_OUTSIDE: Code = Code::error(
    "template-outside-project",
    Allow::Never(Allow::LEAVES_ITS_PLACE),
    "\
The path of a template leaves `templates/`, or a symbolic link leads out of that folder. What stackctl renders comes \
from `templates/`, so that `generated/` holds nothing that stack.toml's reader cannot see: no `.env`, no secret.

Copy the file into `templates/`. A file that the container is to see as it is can be mounted with `volumes`, from anywhere.",
);

pub(super) static CODES: &[&Code] = &[&MISSING_TEMPLATE, &TEMPLATE_OUTSIDE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        for (position, file) in service.files.iter().enumerate() {
            let template = &file.template;
            let at = service_path(name).key("files").index(position).key("template");
            let diagnostic = match judge(context.project.root, template) {
                Judgement::Fine => continue,
                Judgement::Outside => Diagnostic::new(
                    &TEMPLATE_OUTSIDE,
                    format!("the template `{template}` of service `{name}` is outside the project"),
                )
                .why("what is rendered comes from inside the project")
                .help("copy it into `templates/`, or mount it as it is with `volumes`"),
                Judgement::Link(link) => Diagnostic::new(
                    &TEMPLATE_OUTSIDE,
                    format!("the template `{template}` of service `{name}` is outside `templates/`"),
                )
                .why(format!("`{}` is a symbolic link that leads elsewhere", link.display()))
                .help("replace the link with what it points at, or mount that as it is with `volumes`"),
                Judgement::Not(problem) => Diagnostic::new(
                    &MISSING_TEMPLATE,
                    format!("the template `templates/{template}` of service `{name}` {problem}"),
                )
                .help(format!("create `templates/{template}`, or correct the name")),
            };
            found.push(diagnostic.at(at));
        }
    }
}

enum Judgement {
    Fine,
    Outside,
    Link(PathBuf),
    Not(&'static str),
}

fn judge(root: &Path, template: &str) -> Judgement {
    let path = Path::new(template);
    let inside = path.components().all(|step| matches!(step, Component::Normal(_) | Component::CurDir));
    if !inside || template.is_empty() {
        return Judgement::Outside;
    }
    // Reported where it would be read and written.
    if template.split('/').any(fs::is_reserved) {
        return Judgement::Fine;
    }
    match fs::resolve_below(root, "templates", template) {
        Ok(file) if file.is_file() => Judgement::Fine,
        Ok(_) => Judgement::Not("is not a file"),
        Err(Unresolved::Link(link)) => Judgement::Link(link),
        Err(Unresolved::Io(_)) => Judgement::Not("does not exist"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_may_not_lead_out() {
        let project = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let templates = project.path().join("templates");
        std::fs::create_dir_all(templates.join("folder")).unwrap();
        std::fs::write(elsewhere.path().join("secret"), "x").unwrap();
        std::fs::write(templates.join("real"), "x").unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("secret"), templates.join("out")).unwrap();
        std::os::unix::fs::symlink("real", templates.join("link")).unwrap();
        let judged = |template| match judge(project.path(), template) {
            Judgement::Fine => "fine",
            Judgement::Outside | Judgement::Link(_) => "outside",
            Judgement::Not(problem) => problem,
        };
        assert_eq!(judged("real"), "fine");
        assert_eq!(judged("link"), "fine");
        assert_eq!(judged("out"), "outside");
        assert_eq!(judged("../real"), "outside");
        assert_eq!(judged("/etc/passwd"), "outside");
        assert_eq!(judged("folder"), "is not a file");
        assert_eq!(judged("nope"), "does not exist");
    }
}
