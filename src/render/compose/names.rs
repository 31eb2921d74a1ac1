//! Names of Compose's files in `generated/`.

/// The main file.
pub const COMPOSE_FILE: &str = "docker-compose.yml";

/// A profile's overlay file.
pub fn overlay_file(profile: &str) -> String {
    format!("docker-compose.{profile}.yml")
}
