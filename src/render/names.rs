//! Names in `generated/`.

/// The folder of everything that stackctl renders, beside stack.toml.
pub const FOLDER: &str = "generated";
/// The folder in which new files wait for their rename; it exists only while they do, or after a crash.
pub const STAGING: &str = ".stackctl-staging";
/// The name of the new manifest in it: after a crash it says which files are already ours.
pub const STAGED_MANIFEST: &str = "manifest";
