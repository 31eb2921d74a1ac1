//! Configuration by environment, passwords by secret file.

use std::{collections::HashMap, env, net::SocketAddr, path::Path, str::FromStr, time::Duration};

use super::error::ShopError;
use stackctl_base::fs;

/// The variables that a service is given.
#[derive(Debug)]
pub struct Env(HashMap<String, String>);

impl Env {
    /// The environment of this process; what is not UTF-8 is not ours.
    pub fn process() -> Self {
        Self(
            env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// These variables and no others.
    pub fn of<const N: usize>(variables: [(&str, String); N]) -> Self {
        Self(variables.map(|(name, value)| (name.to_owned(), value)).into())
    }

    /// A variable; one that is empty counts as unset.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// A variable that is read as `T`, or `default`.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn parse<T: FromStr>(&self, name: &'static str, default: T) -> Result<T, ShopError> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| ShopError::Config {
                name,
                problem: format!("is {text:?}, which cannot be read"),
            }),
        }
    }

    /// A variable that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn required(&self, name: &'static str) -> Result<String, ShopError> {
        self.text(name).ok_or_else(|| ShopError::Config { name, problem: "is not set".to_owned() })
    }

    /// An address to listen on, or `default`.
    ///
    /// # Errors
    /// When it is no `address:port`.
    pub fn listen(&self, name: &'static str, default: SocketAddr) -> Result<SocketAddr, ShopError> {
        self.parse(name, default)
    }

    /// A span of time such as `7d`, `12h`, `30m` or `45s`, or `default`.
    ///
    /// # Errors
    /// When it is none.
    pub fn duration(&self, name: &'static str, default: Duration) -> Result<Duration, ShopError> {
        let Some(text) = self.text(name) else { return Ok(default) };
        read_duration(&text).ok_or_else(|| ShopError::Config {
            name,
            problem: format!("is {text:?}; a span of time is a number and d, h, m or s, such as 7d"),
        })
    }

    /// The content of the secret file that a variable names, without the line's end.
    ///
    /// # Errors
    /// When the file cannot be read or is empty.
    pub fn secret(&self, name: &'static str) -> Result<Option<String>, ShopError> {
        let Some(path) = self.text(name) else { return Ok(None) };
        let wrong = |problem: String| ShopError::Config { name, problem };
        let text =
            fs::read_text(Path::new(&path)).map_err(|error| wrong(format!("names {path}: {error}")))?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(wrong(format!("names {path}, which is empty")));
        }
        Ok(Some(secret.to_owned()))
    }
}

fn read_duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u32>().ok().map(|number| Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn spans_of_time() {
        let read = |text: &str| Env::of([("A", text.to_owned())]).duration("A", Duration::from_secs(9));
        assert_eq!(read("7d").unwrap(), Duration::from_secs(604_800));
        assert_eq!(read("45s").unwrap(), Duration::from_secs(45));
        assert_eq!(read("").unwrap(), Duration::from_secs(9));
        for bad in ["7", "d", "-1d", "1.5h", "7 d", "1w", "7ä", "99999999999d"] {
            assert!(read(bad).unwrap_err().to_string().starts_with("A is"), "{bad}");
        }
    }

    #[test]
    fn a_secret_is_its_file_without_the_newline() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let secret = || Env::of([("A_FILE", path.display().to_string())]).secret("A_FILE");
        assert!(secret().unwrap_err().to_string().contains("A_FILE names"));
        fs::write(&path, "\n").unwrap();
        assert!(secret().unwrap_err().to_string().contains("is empty"));
        fs::write(&path, "p w\n").unwrap();
        assert_eq!(secret().unwrap().unwrap(), "p w");
        assert_eq!(Env::of([]).secret("A_FILE").unwrap(), None);
    }
}
