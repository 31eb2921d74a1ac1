//! Times of `[traffic]`, which no variable can give.

use std::time::Duration as StdDuration;

use super::{quantity::BAD_DURATION, table::Item};
use crate::model::Duration;

/// A time of at least `least`.
pub(super) fn duration(item: &Item<'_, '_>, least: StdDuration) -> Option<StdDuration> {
    if let Some(text) = item.as_text()
        && !item.is_fixed(text)
    {
        return None;
    }
    let duration = item.duration()?.value.map(|Duration(duration)| duration)?;
    if duration < least {
        return item.reject(|| {
            item.error(&BAD_DURATION, format!("{} is too short", item.path())).label("must be at least 1ms")
        });
    }
    Some(duration)
}
