//! The stack as SVG.

use std::fmt::Write as _;

use super::{
    layout::{self, CARD_HEIGHT, Card, Graph, Layout, Point},
    scene::{Group, Scene, Service},
    svg::{Svg, cut, number, width},
    theme,
};
use crate::{model::Bytes, text::counted};

/// Around everything.
const MARGIN: f64 = 22.0;
/// Inside a card.
const INSET: f64 = 11.0;
/// The least and the largest width of a card.
const CARD: (f64, f64) = (136.0, 210.0);
/// The least width of a picture: its heading and its legend have to fit.
const LEAST: f64 = 560.0;
/// How round the corners of edges are.
const ROUND: f64 = 7.0;
/// The height of a port's box, which stands on the upper border of its card.
const DOOR: f64 = 17.0;
/// Between two of them.
const APART: f64 = 4.0;

/// Draw a stack.
pub fn draw(scene: &Scene) -> String {
    let wide = card_width(scene);
    let graph = Graph {
        groups: scene.groups.iter().map(title).collect(),
        cards: scene
            .services
            .iter()
            .map(|service| Card {
                group: service.group,
                width: wide,
                corner: doors_width(service, wide) + INSET,
            })
            .collect(),
        edges: scene.dependencies.iter().map(|it| (it.from, it.to)).collect(),
    };
    let layout = layout::arrange(&graph);
    let width = (layout.width + 2.0 * MARGIN).max(LEAST);
    let left = ((width - layout.width) / 2.0).round();
    let heading = if scene.aggregates.is_empty() { 84.0 } else { 102.0 };
    let legend = legend(scene);
    let thinned = layout.left_out > 0;
    let bottom = if legend.is_empty() { 0.0 } else { 34.0 } + if thinned { 20.0 } else { 0.0 };
    let height = heading + layout.height + bottom + MARGIN;

    let mut svg =
        Svg::new(width, height, &format!("The stack {}", scene.name), &described(scene), &theme::style());
    svg.rect("ground", (0.5, 0.5), (width - 1.0, height - 1.0), 10.0);
    head(&mut svg, scene, width);
    let mut canvas = Canvas { svg, scene, layout: &layout, at: (left, heading), most: most(scene) };
    canvas.areas();
    canvas.edges();
    for at in 0..scene.services.len() {
        canvas.card(at);
    }
    canvas.titles();
    let mut svg = canvas.svg;
    draw_legend(&mut svg, &legend, height - MARGIN);
    if thinned {
        let (all, out) = (scene.dependencies.len(), layout.left_out);
        let words = format!(
            "{} of {all} dependencies are drawn; the others are implied, or too many to follow",
            all - out
        );
        svg.words("faint", "start", (MARGIN, height - MARGIN - 20.0), &words);
    }
    svg.finish()
}

/// The heading: name, sums, and the budget as a bar that the groups fill.
fn head(svg: &mut Svg, scene: &Scene, wide: f64) {
    svg.words("title", "start", (MARGIN, 36.0), &cut(&scene.name, 17.0, wide / 2.0));
    let limits = scene.memory_limit_bytes();
    let of = scene.budget_bytes.map_or_else(String::new, |budget| format!(" of {}", Bytes(budget)));
    let services = counted(scene.services.len(), "service");
    let sums = format!("{services} · memory limits {}{of}", scene.memory());
    svg.words("faint", "end", (wide - MARGIN, 36.0), &sums);
    let (left, room) = (MARGIN, wide - 2.0 * MARGIN);
    let whole = limits.max(scene.budget_bytes.unwrap_or_default()).max(1);
    svg.rect("free", (left, 50.0), (room, 8.0), 4.0);
    let mut done = 0;
    for (at, group) in scene.groups.iter().enumerate() {
        let x = left + share(done, whole, room);
        done += group.memory_limit_bytes;
        let end = left + share(done, whole, room);
        // A gap of one pixel separates neighbours.
        let hue = scene.hue(at);
        svg.rect(&format!("bar h{hue}"), (x, 50.0), ((end - x - 1.0).max(0.0), 8.0), 2.0);
    }
    let includes: Vec<String> =
        scene.aggregates.iter().map(|(name, of)| format!("{name} = {}", of.join(" + "))).collect();
    if !includes.is_empty() {
        svg.words("faint", "start", (MARGIN, 79.0), &cut(&includes.join(" · "), 11.0, room));
    }
}

/// The picture and the position of its layout.
struct Canvas<'a> {
    svg: Svg,
    scene: &'a Scene,
    layout: &'a Layout,
    at: Point,
    most: u64,
}

impl Canvas<'_> {
    fn point(&self, (x, y): Point) -> Point {
        (x + self.at.0, y + self.at.1)
    }

    fn areas(&mut self) {
        for (at, area) in self.layout.groups.iter().enumerate() {
            let corner = self.point((area.x, area.y));
            self.svg.rect(&format!("area h{}", self.scene.hue(at)), corner, (area.width, area.height), 10.0);
        }
    }

    fn titles(&mut self) {
        for (at, (area, group)) in self.layout.groups.iter().zip(&self.scene.groups).enumerate() {
            let (x, y) = self.point((area.x + INSET, area.y + 18.5));
            let class = format!("group-title ink h{}", self.scene.hue(at));
            self.svg.words(&class, "start", (x, y), &group.title());
            let memory = group.memory();
            self.svg.words("faint", "end", (x + area.width - 2.0 * INSET, y), &memory);
        }
    }

    fn edges(&mut self) {
        for (at, dependency) in self.scene.dependencies.iter().enumerate() {
            let route: Vec<Point> = self.layout.routes[at].iter().map(|point| self.point(*point)).collect();
            let [.., before, last] = route[..] else { continue };
            // An overlay's edge has its profile's colour, one within a group the group's, another is plain.
            let groups =
                (self.scene.services[dependency.from].group, self.scene.services[dependency.to].group);
            let owner = match &dependency.profile {
                Some(profile) => {
                    self.scene.groups.iter().position(|group| group.profiles == [profile.as_str()])
                }
                None => (groups.0 == groups.1).then_some(groups.0),
            };
            let hue = owner.map_or_else(String::new, |group| format!(" h{}", self.scene.hue(group)));
            let optional = if dependency.required { "" } else { " optional" };
            let class = format!("edge {}{hue}{optional}", dependency.condition);
            self.svg.empty("path", &[("class", &class), ("d", &path(&route))]);
            self.svg.empty("path", &[("class", &format!("tip{hue}{optional}")), ("d", &tip(before, last))]);
        }
    }

    fn card(&mut self, at: usize) {
        let (service, rect) = (&self.scene.services[at], self.layout.cards[at]);
        let hue = self.scene.hue(service.group);
        let (x, y) = self.point((rect.x, rect.y));
        let (left, room) = (x + INSET, rect.width - 2.0 * INSET);
        self.svg.group("service");
        self.svg.leaf("title", &[], &tooltip(service));
        self.svg.rect("card", (x, y), (rect.width, CARD_HEIGHT), 7.0);
        let times = service.times().trim_start().to_owned();
        let beside = if times.is_empty() { 0.0 } else { width(&times, 12.0) + 6.0 };
        self.svg.words("name", "start", (left, y + 24.0), &cut(&service.name, 13.6, room - beside));
        if !times.is_empty() {
            self.svg.words("faint", "end", (left + room, y + 24.0), &times);
        }
        self.svg.words("faint", "start", (left, y + 39.5), &image(service, room));
        let amount =
            service.memory_limit_bytes.map_or_else(|| "no limit".to_owned(), |it| Bytes(it).to_string());
        self.svg.words("", "end", (left + room, y + 56.0), &amount);
        let bar = room - 58.0;
        self.svg.rect("free", (left, y + 49.0), (bar, 6.0), 3.0);
        for (class, bytes) in [("limit", service.memory_limit_bytes), ("", service.memory_reservation_bytes)]
        {
            if let Some(bytes) = bytes {
                let class = format!("bar h{hue} {class}");
                self.svg.rect(
                    class.trim_end(),
                    (left, y + 49.0),
                    (share(bytes, self.most, bar).max(2.0), 6.0),
                    3.0,
                );
            }
        }
        let mut right = x + rect.width - 8.0;
        for door in shown(service, rect.width).iter().rev() {
            let wide = door_width(door);
            self.svg.rect(
                &format!("door-box h{hue}"),
                (right - wide, y - DOOR / 2.0),
                (wide, DOOR),
                DOOR / 2.0,
            );
            self.svg.words(&format!("door ink h{hue}"), "middle", (right - wide / 2.0, y + 3.6), door);
            right -= wide + APART;
        }
        self.svg.end();
    }
}

/// The part of `room` that `bytes` are of `whole`.
fn share(bytes: u64, whole: u64, room: f64) -> f64 {
    (bytes as f64 / whole.max(1) as f64).min(1.0) * room
}

/// The largest limit of a container: the longest bar.
fn most(scene: &Scene) -> u64 {
    let memory = |it: &Service| it.memory_limit_bytes.max(it.memory_reservation_bytes);
    scene.services.iter().filter_map(memory).max().unwrap_or(1)
}

fn card_width(scene: &Scene) -> f64 {
    let name = scene.services.iter().map(|service| {
        let times = if service.replicas == 1 { 0.0 } else { 30.0 };
        width(&service.name, 13.6) + times
    });
    (name.fold(0.0, f64::max) + 2.0 * INSET).ceil().clamp(CARD.0, CARD.1)
}

/// How far a group's title reaches from both of its upper corners, its memory on the right.
fn title(group: &Group) -> layout::Group {
    let beside = |wide: f64| (INSET + wide + 10.0).ceil();
    layout::Group { left: beside(width(&group.title(), 12.6)), right: beside(width(&group.memory(), 11.0)) }
}

/// The ports that stand on a card of this width, as many as leave half of it to edges, and how many more there are.
fn shown(service: &Service, wide: f64) -> Vec<String> {
    let doors = service.doors();
    let room = wide * 0.6;
    let mut shown: Vec<String> = Vec::new();
    for (at, door) in doors.iter().enumerate() {
        let taken: f64 = shown.iter().map(|it| door_width(it) + APART).sum();
        let more = if at + 1 < doors.len() { door_width("+9") + APART } else { 0.0 };
        if at > 0 && taken + door_width(door) + more > room {
            shown.push(format!("+{}", doors.len() - at));
            break;
        }
        shown.push(cut(door, 10.0, room - 40.0));
    }
    shown
}

fn door_width(door: &str) -> f64 {
    (width(door, 10.0) + 13.0).ceil()
}

fn doors_width(service: &Service, wide: f64) -> f64 {
    shown(service, wide).iter().map(|door| door_width(door) + APART).sum()
}

/// An image without its registry and organisation, its tag kept where the name has to be cut; the tooltip has
/// all of it.
fn image(service: &Service, room: f64) -> String {
    const SIZE: f64 = 10.6;
    let image = service.image.as_str();
    if image.starts_with("build ") {
        return cut(image, SIZE, room);
    }
    let image = image.rsplit('/').next().unwrap_or(image);
    match image.split_once(':') {
        Some((name, tag)) if width(tag, SIZE) < room / 2.0 => {
            let tag = format!(":{tag}");
            cut(name, SIZE, room - width(&tag, SIZE)) + &tag
        }
        _ => cut(image, SIZE, room),
    }
}

fn tooltip(service: &Service) -> String {
    let memory = |bytes: Option<u64>| bytes.map_or_else(|| "none".to_owned(), |it| Bytes(it).to_string());
    let mut text = format!(
        "{} ({}): memory limit {}, reserved {}",
        service.name,
        service.image,
        memory(service.memory_limit_bytes),
        memory(service.memory_reservation_bytes)
    );
    if !service.ports.is_empty() {
        let _ = write!(text, ", publishes {}", service.ports.join(", "));
    }
    text
}

/// The whole picture in words.
fn described(scene: &Scene) -> String {
    let mut text = String::new();
    let mut members = vec![Vec::new(); scene.groups.len()];
    let mut needs = vec![Vec::new(); scene.services.len()];
    scene.services.iter().for_each(|service| members[service.group].push(service.name.as_str()));
    scene.dependencies.iter().for_each(|it| needs[it.from].push(scene.services[it.to].name.as_str()));
    for (group, names) in scene.groups.iter().zip(members) {
        let _ = write!(text, "{}: {}. ", group.title(), names.join(", "));
    }
    for (service, on) in scene.services.iter().zip(needs) {
        if !on.is_empty() {
            let _ = write!(text, "{} depends on {}. ", service.name, on.join(", "));
        }
    }
    text.trim_end().to_owned()
}

/// A line through the points with round corners.
fn path(points: &[Point]) -> String {
    let mut d = String::new();
    for (at, point) in points.iter().enumerate() {
        let place = |(x, y): Point| format!("{} {}", number(x), number(y));
        let (Some(before), Some(after)) = (at.checked_sub(1).map(|at| points[at]), points.get(at + 1)) else {
            let _ = write!(d, "{}{}", if at == 0 { "M" } else { " L" }, place(*point));
            continue;
        };
        let length = |a: Point, b: Point| (a.0 - b.0).abs() + (a.1 - b.1).abs();
        let round = ROUND.min(length(before, *point) / 2.0).min(length(*point, *after) / 2.0);
        let toward = |other: Point| {
            let part = round / length(*point, other).max(round);
            (point.0 + (other.0 - point.0) * part, point.1 + (other.1 - point.1) * part)
        };
        let _ = write!(d, " L{} Q{} {}", place(toward(before)), place(*point), place(toward(*after)));
    }
    d
}

/// The arrowhead at the end of a line, which is vertical.
fn tip(before: Point, (x, y): Point) -> String {
    let back = if before.1 <= y { -7.0 } else { 7.0 };
    let (left, right, base) = (number(x - 4.0), number(x + 4.0), number(y + back));
    format!("M{} {} L{left} {base} L{right} {base} Z", number(x), number(y))
}

/// What the lines mean, for the conditions that occur.
fn legend(scene: &Scene) -> Vec<(&'static str, &'static str)> {
    let known =
        [("healthy", "waits until healthy"), ("started", "until started"), ("completed", "until completed")];
    let occurs = |condition: &str| scene.dependencies.iter().any(|it| it.condition == condition);
    let mut legend: Vec<_> = known.into_iter().filter(|(condition, _)| occurs(condition)).collect();
    if scene.dependencies.iter().any(|it| !it.required) {
        legend.push(("optional", "where active"));
    }
    legend.push(("memory", "memory: reserved, limit"));
    if scene.services.iter().any(|it| !it.ports.is_empty()) {
        legend.push(("door", "published port"));
    }
    legend
}

fn draw_legend(svg: &mut Svg, legend: &[(&str, &str)], y: f64) {
    let mut x = MARGIN;
    for (kind, words) in legend {
        let middle = y - 4.0;
        match *kind {
            "memory" => {
                svg.rect("bar h0 limit", (x, middle - 3.0), (28.0, 6.0), 3.0);
                svg.rect("bar h0", (x, middle - 3.0), (14.0, 6.0), 3.0);
            }
            "door" => svg.rect("door-box h0", (x, middle - 6.0), (28.0, 12.0), 6.0),
            condition => {
                let line = format!("M{} {} h22", number(x), number(middle));
                svg.empty("path", &[("class", &format!("edge {condition}")), ("d", &line)]);
                let tip = format!("M{} {} l-7 -4 v8 Z", number(x + 28.0), number(middle));
                svg.empty("path", &[("class", &"tip"), ("d", &tip)]);
            }
        }
        svg.words("faint", "start", (x + 35.0, y), words);
        x += 35.0 + width(words, 10.4) + 16.0;
    }
}
