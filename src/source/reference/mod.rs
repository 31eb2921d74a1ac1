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
pub use lookup::unknown_keys;
pub use page::{Entry, Section, sections};
pub use schema::schema;

pub(super) use compose::{DEPLOY, REST};
pub(super) use compose_tables::{
    ATTACHMENT, BIND, BUILD, CONFIG, IMAGE_OPTIONS, NETWORK, SECRET, TMPFS, VOLUME, VOLUME_OPTIONS,
};
pub(super) use form::Form;
pub(super) use key::{Key, has, names};
pub(super) use lookup::shape_at;
pub(super) use parts::{
    BUILD_KEYS, DEPENDENCY, ENV_FILE_KEYS, FILE_KEYS, GRANT_KEYS, HEALTHCHECK, LIMIT_KEYS, LOGGING,
    MOUNT_KEYS, MOUNT_TYPES, PORT_KEYS, RESERVATION_KEYS,
};
pub(super) use service::KEYS as SERVICE;
pub(super) use top::{BUDGET, CONFIG_KEYS, OVERLAY, PROFILE, RESOURCE, SECRET_KEYS, TOP};
pub(super) use traffic::{KEYS as TRAFFIC, REQUEST};
