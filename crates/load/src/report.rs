//! The figures: a table for people, JSON for the next engineer.

use std::path::Path;

use serde::Serialize;

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    /// What was done.
    pub(crate) workload: &'static str,
    /// What is measured, with its unit.
    pub(crate) figure: &'static str,
    /// The bare program's.
    pub(crate) limit: Option<f64>,
    /// The server's.
    pub(crate) ours: f64,
    /// Whether less is better.
    pub(crate) less_is_better: bool,
}

impl Line {
    fn ratio(&self) -> Option<f64> {
        self.limit.map(|limit| self.ours / limit)
    }
}

/// Prints the table.
pub(crate) fn print(lines: &[Line]) {
    println!("| workload | figure | limit | ours | ours / limit |");
    println!("|---|---|---|---|---|");
    for line in lines {
        let limit = line.limit.map_or("–".to_owned(), |limit| format!("{limit:.2}"));
        let ratio = line.ratio().map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
        println!("| {} | {} | {limit} | {:.2} | {ratio} |", line.workload, line.figure, line.ours);
    }
}

/// Writes the same as JSON.
pub(crate) fn write(lines: &[Line], path: &Path) -> anyhow::Result<()> {
    Ok(std::fs::write(path, serde_json::to_string_pretty(lines)?)?)
}
