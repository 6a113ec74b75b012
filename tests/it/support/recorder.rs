//! What a story asks and is answered, kept for the examples of the API's description.

use std::sync::{Arc, Mutex};

use serde_json::Value;

/// Everything that was asked and answered, in order.
pub(crate) type Recorder = Arc<Mutex<Vec<Exchange>>>;

/// A request of the API that was done, and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Its path as the description has it.
    pub(crate) pattern: &'static str,
    /// The body, null where it has none of JSON.
    pub(crate) request: Value,
    pub(crate) status: u16,
    pub(crate) answer: Value,
}
