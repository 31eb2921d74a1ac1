//! What containers do, in words that bollard does not know: Podman has more of them than Docker, and one is no reason to see
//! nothing of all others.

use bollard::{
    errors::Error,
    models::{
        ContainerInspectResponse, ContainerStateStatusEnum, ContainerSummary, ContainerSummaryStateEnum,
    },
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What stands for a state that is not known.
const EXITED: &str = "exited";

/// A container that was inspected, and its state where it is none of Docker's.
pub fn inspected(
    found: Result<ContainerInspectResponse, Error>,
) -> Result<(ContainerInspectResponse, Option<String>), Error> {
    match found {
        Err(Error::JsonDataError { contents, message, column }) => {
            let read = || {
                let mut value: Value = serde_json::from_str(&contents).ok()?;
                let other = known::<ContainerStateStatusEnum>(value.pointer_mut("/State/Status")?)?;
                Some((serde_json::from_value(value).ok()?, Some(other)))
            };
            read().ok_or(Error::JsonDataError { contents, message, column })
        }
        found => found.map(|found| (found, None)),
    }
}

/// A list of containers, where states that are not known are left out.
pub fn listed(found: Result<Vec<ContainerSummary>, Error>) -> Result<Vec<ContainerSummary>, Error> {
    match found {
        Err(Error::JsonDataError { contents, message, column }) => {
            let read = || {
                let mut value: Value = serde_json::from_str(&contents).ok()?;
                for state in value.as_array_mut()?.iter_mut().filter_map(|one| one.get_mut("State")) {
                    known::<ContainerSummaryStateEnum>(state);
                }
                serde_json::from_value(value).ok()
            };
            read().ok_or(Error::JsonDataError { contents, message, column })
        }
        found => found,
    }
}

/// Replaces a word that is none of these states, and returns it.
fn known<State: DeserializeOwned>(state: &mut Value) -> Option<String> {
    if serde_json::from_value::<State>(state.clone()).is_ok() {
        return None;
    }
    let word = state.as_str()?.to_owned();
    *state = EXITED.into();
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed<T: DeserializeOwned + std::fmt::Debug>(contents: &str) -> Error {
        let error = serde_json::from_str::<T>(contents).unwrap_err();
        Error::JsonDataError {
            contents: contents.to_owned(),
            message: error.to_string(),
            column: error.column(),
        }
    }

    #[test]
    fn a_state_of_podmans_is_a_word() {
        let stopped =
            failed::<ContainerInspectResponse>(r#"{"Id":"x","State":{"Status":"stopped","ExitCode":3}}"#);
        let (found, state) = inspected(Err(stopped)).unwrap();
        assert_eq!((found.id.as_deref(), state.as_deref()), (Some("x"), Some("stopped")));
        assert_eq!(found.state.unwrap().exit_code, Some(3));
        let broken = failed::<ContainerInspectResponse>(r#"{"Id":7,"State":{"Status":"running"}}"#);
        assert!(inspected(Err(broken)).is_err());
    }

    #[test]
    fn one_container_does_not_hide_the_others() {
        let list =
            failed::<Vec<ContainerSummary>>(r#"[{"Id":"x","State":"stopped"},{"Id":"y","State":"running"}]"#);
        let ids: Vec<_> = listed(Err(list)).unwrap().into_iter().filter_map(|one| one.id).collect();
        assert_eq!(ids, ["x", "y"]);
    }
}
