//! fulfillment-worker: takes orders from the queue and fulfils each once. Beside that it keeps house.

mod fulfil;
mod upkeep;

pub use fulfil::{WAIT, Worker};
pub use upkeep::{Pace, Upkeep};
