//! The stack as a tree in text, for a terminal: each service above what it depends on, as `cargo tree` shows packages.

use std::fmt::Write as _;

use super::scene::{Dependency, Scene, Service};
use crate::{
    model::Bytes,
    text::{counted, printable},
};

/// How deep a branch is drawn in its place; what is deeper gets a tree of its own further below.
const DEEPEST: usize = 24;

/// A line: its branches, its service, and what it adds to them.
struct Line {
    head: String,
    /// What its details are of.
    service: Option<usize>,
    /// The group that it is written below.
    group: usize,
    note: String,
}

/// Write the tree: groups in their order, in each the services that nothing depends on, below each what it waits for. What
/// stands below a service is written once; where the service comes again, `(*)` stands for it.
pub fn tree(scene: &Scene) -> String {
    let mut needs: Vec<Vec<&Dependency>> = vec![Vec::new(); scene.services.len()];
    let mut needed = vec![false; scene.services.len()];
    for dependency in &scene.dependencies {
        needs[dependency.from].push(dependency);
        needed[dependency.to] = true;
    }
    let mut walk =
        Walk { scene, needs, written: vec![false; scene.services.len()], lines: Vec::new(), group: 0 };
    for (at, group) in scene.groups.iter().enumerate() {
        let title = format!("\n{} · {}", group.title(), group.memory());
        walk.group = at;
        walk.line(title, None, String::new());
        let members = || (0..scene.services.len()).filter(|it| scene.services[*it].group == at);
        let before = walk.lines.len();
        members().filter(|it| !needed[*it]).for_each(|it| walk.root(it));
        // What only another group's services, or a circle, lead to.
        members().for_each(|it| walk.root_if_new(it));
        if walk.lines.len() == before {
            walk.lines.pop();
        }
    }
    let budget = scene.budget_bytes.map_or_else(String::new, |it| format!(" · budget {}", Bytes(it)));
    let services = counted(scene.services.len(), "service");
    let mut text = format!("{}: {services} · {}{budget}\n", scene.name, scene.memory());
    let width = |line: &Line| line.head.chars().count() + line.note.chars().count();
    let widest = walk.lines.iter().filter(|it| it.service.is_some()).map(width).max().unwrap_or_default();
    for line in &walk.lines {
        let Line { head, note, .. } = line;
        let details = line.service.map_or_else(String::new, |it| details(scene, it, line.group));
        let gap = if details.is_empty() { 0 } else { widest - width(line) + 2 };
        let _ = writeln!(text, "{head}{note}{:gap$}{details}", "");
    }
    printable(&text).into_owned()
}

struct Walk<'a> {
    scene: &'a Scene,
    needs: Vec<Vec<&'a Dependency>>,
    written: Vec<bool>,
    lines: Vec<Line>,
    group: usize,
}

impl Walk<'_> {
    fn line(&mut self, head: String, service: Option<usize>, note: String) {
        self.lines.push(Line { head, service, group: self.group, note });
    }

    fn root_if_new(&mut self, service: usize) {
        if !self.written[service] {
            self.root(service);
        }
    }

    /// A tree of its own, and those that were too deep for it.
    fn root(&mut self, service: usize) {
        let mut deep = vec![service];
        while let Some(root) = deep.pop() {
            if root == service || !self.written[root] {
                self.below(root, &mut deep);
            }
        }
    }

    fn below(&mut self, root: usize, deep: &mut Vec<usize>) {
        self.written[root] = true;
        let head = self.scene.services[root].name.clone();
        self.line(head, Some(root), String::new());
        // Each open branch: the service, how many of its dependencies are done, and what stands before its lines.
        let mut open = vec![(root, 0, String::new())];
        while let Some((service, done, lead)) = open.pop() {
            let Some(dependency) = self.needs[service].get(done).copied() else { continue };
            let last = done + 1 == self.needs[service].len();
            let (branch, next) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            open.push((service, done + 1, lead.clone()));
            let to = dependency.to;
            let head = format!("{lead}{branch}{}", self.scene.services[to].name);
            let leaf = self.needs[to].is_empty();
            let mut note = note(dependency);
            let new = !self.written[to];
            if !new && !leaf {
                note += " (*)";
            } else if new && !leaf && open.len() >= DEEPEST {
                note += " (below)";
                deep.push(to);
                self.line(head, Some(to), note);
                continue;
            }
            self.written[to] = true;
            self.line(head, new.then_some(to), note);
            if new {
                open.push((to, 0, format!("{lead}{next}")));
            }
        }
    }
}

/// What a dependency waits for, where it is not the start: ` (healthy, with tracing)`.
fn note(dependency: &Dependency) -> String {
    let mut words = Vec::new();
    if dependency.condition != "started" {
        words.push(dependency.condition.to_owned());
    }
    if !dependency.required {
        words.push("optional".to_owned());
    }
    words.extend(dependency.profile.as_ref().map(|it| format!("with {it}")));
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

/// Containers, memory, ports, and the profiles where they are not those of the group that it is written below.
fn details(scene: &Scene, index: usize, group: usize) -> String {
    let service: &Service = &scene.services[index];
    let mut words = Vec::new();
    let memory = service.memory_limit_bytes.map_or_else(|| "no limit".to_owned(), |it| Bytes(it).to_string());
    words.push(if service.replicas == 1 { memory } else { format!("{} × {memory}", service.replicas) });
    words.extend(service.doors());
    words.extend((service.group != group).then(|| format!("[{}]", scene.groups[service.group].title())));
    words.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{resolve::Profiles, source};

    fn drawn(text: &str) -> String {
        let parsed = source::parse(text.as_bytes());
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        tree(&Scene::every(&Profiles::new(&parsed.stack)))
    }

    #[test]
    fn each_service_stands_above_what_it_waits_for() {
        insta::assert_snapshot!(drawn(
            r#"
            name = "x"
            budget = { memory = "2G" }
            [profiles.debug.services.api]
            depends_on = { tool = "completed" }
            [services.api]
            image = "i"
            replicas = 2
            limits = { memory = "1G" }
            depends_on = { db = "healthy", cache = { condition = "started", required = false } }
            [services]
            proxy = { image = "i", ports = ["8080:80"], depends_on = ["api"], limits = { memory = "64M" } }
            db = { image = "i", depends_on = ["disk"], limits = { memory = "512M" } }
            disk = { image = "i", limits = { memory = "8M" } }
            cache = { image = "i", profiles = ["debug"] }
            worker = { image = "i", depends_on = { db = "healthy" }, limits = { memory = "64M" } }
            tool = { image = "i", profiles = ["debug"], limits = { memory = "64M" } }
            "#
        ));
    }

    #[test]
    fn circles_and_long_chains_end() {
        let service =
            |at: usize, to: usize| format!("[services.s{at}]\nimage = \"i\"\ndepends_on = [\"s{to}\"]\n");
        let ring: String = (0..3).map(|at| service(at, (at + 1) % 3)).collect();
        insta::assert_snapshot!(drawn(&format!("name = \"x\"\n{ring}")), @r"
        x: 3 services · no limits

        core · no limits
        s0        no limit
        └─ s1     no limit
           └─ s2  no limit
              └─ s0 (*)
        ");
        let chain: String = (0..1000).map(|at| service(at, at + 1)).collect();
        let text = drawn(&format!("name = \"x\"\n{chain}[services.s1000]\nimage = \"i\"\n"));
        assert_eq!(
            text.lines().filter(|line| line.ends_with("no limit")).count(),
            1001 + text.matches("(below)").count()
        );
        assert!(text.len() < 300_000, "{}", text.len());
    }
}
