//! How far the pull of an image is, in words.

use super::counted;
use crate::{engine::pull_progress::Pull, model::Bytes};

/// One word: `pulling`, or `retrying` where the engine waits to try again.
pub fn phase(pull: Pull) -> &'static str {
    if pull.is_retrying { "retrying" } else { "pulling" }
}

/// `12 MiB of 80 MiB, 2 layers to come`; empty while nothing is known.
pub fn amount(pull: Pull) -> String {
    let Pull { is_unpacking, current, total, layers_to_come, .. } = pull;
    let (current, all) = (Bytes(current).rounded(), Bytes(total).rounded());
    match total {
        0 => String::new(),
        _ if is_unpacking => format!("{all}, unpacking"),
        _ if layers_to_come == 0 => format!("{current} of {all}"),
        _ => format!("{current} of {all}, {} to come", counted(layers_to_come, "layer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_in_words() {
        let pull = Pull { current: 5 << 20, total: 10 << 20, layers_to_come: 1, ..Pull::default() };
        assert_eq!(amount(pull), "5.0 MiB of 10 MiB, 1 layer to come");
        assert_eq!(amount(Pull { layers_to_come: 0, ..pull }), "5.0 MiB of 10 MiB");
        let here = Pull { is_unpacking: true, current: 50 << 20, total: 50 << 20, ..Pull::default() };
        assert_eq!((amount(here).as_str(), phase(here)), ("50 MiB, unpacking", "pulling"));
        assert_eq!(phase(Pull { is_retrying: true, ..pull }), "retrying");
        assert_eq!(amount(Pull::default()), "");
    }
}
