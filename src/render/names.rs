//! Names in `generated/`.

/// The folder of everything that stackctl renders, beside stack.toml.
pub const FOLDER: &str = "generated";
/// The folder in which new files are staged before their rename; it remains only after a crash.
pub const STAGING: &str = ".stackctl-staging";
/// The name of the new manifest in it: after a crash it tells which files stackctl wrote.
pub const STAGED_MANIFEST: &str = "manifest";
