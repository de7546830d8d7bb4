//! What is known of the pictures that people show of themselves.

use std::sync::Arc;

/// A picture as it is stored. It has no `Debug`, because nobody reads one in the program's output.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureFact {
    /// Names it, and no other one that was or will be.
    pub version: String,
    /// The picture, in the one format that pages are given.
    pub bytes: Arc<[u8]>,
}
