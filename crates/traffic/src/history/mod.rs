//! What the last minutes were like, a point a second, in bounded memory. It is kept on the control side: the load's thread
//! hands over its counters and a histogram, and goes on.

mod clock;
mod point;
mod recent;
mod recorder;
mod rolling;
mod series;
mod trouble;

pub use clock::Clock;
pub use point::{Latency, Point};
pub use recent::{Change, Recent, Whole};
pub use recorder::{Recorder, lock};
pub use rolling::Lately;
pub use series::{Full, Series};
pub use trouble::Trouble;
