//! What a service requires of the nodes.

use super::{Constraint, Share, Site};
use crate::model::{Map, Service, Value};

/// The tasks of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// Its name.
    pub service: String,
    /// What each of its tasks reserves.
    pub share: Share,
    /// How many tasks; not looked at when there is one on every node.
    pub tasks: u32,
    /// `mode: global`: one task on every node that its constraints allow.
    pub everywhere: bool,
    /// All of them must hold.
    pub constraints: Vec<Constraint>,
    /// `max_replicas_per_node`.
    pub most_per_node: Option<u32>,
}

impl Demand {
    /// Of a service with its overlays applied; `deploy.mode` and `deploy.placement` are passed through.
    ///
    /// # Errors
    /// When a constraint is not valid.
    pub fn of(name: &str, service: &Service) -> Result<Self, String> {
        let reserved = &service.reservations;
        let deploy = service.deploy().and_then(Value::as_map);
        let of = |key: &str| deploy.and_then(|deploy| deploy.get(key));
        let placement = of("placement").and_then(Value::as_map);
        let constraints = placement.map(constraints).transpose();
        let constraints = constraints.map_err(|error| format!("{name}: {error}"))?.unwrap_or_default();
        let most = placement.and_then(|placement| placement.get("max_replicas_per_node"));
        Ok(Self {
            service: name.to_owned(),
            share: Share {
                memory: reserved.memory.map_or(0, |bytes| bytes.0),
                nanos: reserved.cpus.map_or(0, |cpus| cpus.nanos),
            },
            tasks: service.replica_count(),
            everywhere: of("mode").and_then(Value::as_str).is_some_and(|mode| mode.starts_with("global")),
            constraints,
            // 0 is unlimited, as in Compose.
            most_per_node: match most {
                Some(Value::Int(most)) => u32::try_from(*most).ok().filter(|most| *most > 0),
                _ => None,
            },
        })
    }

    /// Whether its tasks may run there, room aside.
    pub fn allows(&self, site: &Site) -> bool {
        site.node.closed.is_none() && self.constraints.iter().all(|constraint| constraint.holds(&site.node))
    }
}

fn constraints(placement: &Map) -> Result<Vec<Constraint>, String> {
    let list = placement.get("constraints").and_then(Value::as_list).unwrap_or_default();
    let texts = list.iter().filter_map(Value::as_str);
    texts.map(|text| text.parse::<Constraint>().map_err(|error| error.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placement_is_read_where_it_is_passed_through() {
        let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
        let service = |mode: &str, constraints: &[&str], most: i64| {
            let placement = Map::from([
                ("constraints".to_owned(), texts(constraints)),
                ("max_replicas_per_node".to_owned(), Value::Int(most)),
            ]);
            let deploy = Map::from([
                ("mode".to_owned(), Value::from(mode)),
                ("placement".to_owned(), Value::Map(placement)),
            ]);
            Service {
                replicas: Some(3),
                compose: Map::from([("deploy".to_owned(), Value::Map(deploy))]),
                ..Service::default()
            }
        };
        let read = Demand::of("web", &service("replicated", &["node.role == worker"], 2)).unwrap();
        assert_eq!((read.tasks, read.everywhere, read.most_per_node), (3, false, Some(2)));
        assert_eq!(read.constraints.len(), 1);
        let read = Demand::of("web", &service("global", &[], 0)).unwrap();
        assert_eq!((read.everywhere, read.most_per_node), (true, None));
        let wrong = Demand::of("web", &service("replicated", &["worker"], 0)).unwrap_err();
        assert!(wrong.starts_with("web: \"worker\" is not a constraint"), "{wrong}");
        assert_eq!(Demand::of("web", &Service::default()).unwrap().tasks, 1);
    }
}
