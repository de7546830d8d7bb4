//! What is held of a thing, and how much of it there can be.

/// Something that grows with what others do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) what: &'static str,
    pub(crate) count: u64,
    /// None if it follows from others: so many for each room or connection.
    pub(crate) max: Option<u64>,
}

impl Held {
    pub(crate) fn up_to(what: &'static str, (count, max): (usize, usize)) -> Self {
        Self { what, count: count as u64, max: Some(max as u64) }
    }

    pub(crate) fn counted(what: &'static str, count: u64) -> Self {
        Self { what, count, max: None }
    }
}
