//! What stack.toml can say: every table and key with its form, a sentence and an example, in one place. The decoders know a
//! key only when it is listed here, and the schema for editors and docs/stack-toml.md are generated from it.

mod compose;
mod compose_tables;
mod describe;
mod form;
mod header;
mod json;
mod key;
mod lookup;
mod page;
mod parts;
mod schema;
mod service;
mod shapes;
mod top;
mod traffic;

pub use header::{is_schema, named_schema};
pub use json::json_of;
pub use page::{Entry, Section, sections};
pub use schema::schema;

pub(super) use compose::REST;
pub(super) use compose_tables::{
    ATTACHMENT, BIND, IMAGE_OPTIONS, MODEL, MODEL_ATTACHMENT, TMPFS, VOLUME_OPTIONS,
};
pub(super) use form::Table as Columns;
pub(super) use key::{DOOR, Key, has, names};
pub(super) use lookup::shape_at;
pub(super) use parts::{
    BUILD, DEPENDENCY_TABLE, DEPLOY, ENV_FILE, FILE_KEYS, GRANT, HEALTHCHECK_TABLE, LIMITS, LOGGING_TABLE,
    MOUNT, MOUNT_TYPES, OVERLAY_LIMITS, OVERLAY_RESERVATIONS, PORT_TABLE, RESERVATIONS, RESOURCES,
};
pub(super) use service::{KEYS as SERVICE, names as service_names};
pub(super) use top::{BUDGET, CONFIG, NETWORK, OVERLAY, PROFILE, SECRET, TOP_TABLE, VOLUME};
pub(super) use traffic::{KEYS as TRAFFIC, REQUEST, SCHEDULE};
