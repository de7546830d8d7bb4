//! The figures: a table for people, JSON for the next engineer.

use std::path::Path;

use serde::Serialize;

/// One line of the table. Each list has one value for each run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReportLine {
    /// What was done.
    pub(crate) workload: String,
    /// What is measured, with its unit.
    pub(crate) figure: String,
    /// The bare program's; none where there is nothing to compare with.
    pub(crate) limit: Vec<f64>,
    /// The bare program's with a database, as durable as the server's.
    pub(crate) limit_with_store: Vec<f64>,
    /// The server's.
    pub(crate) ours: Vec<f64>,
}

impl ReportLine {
    /// A figure of the server's alone.
    pub(crate) fn ours(workload: &str, figure: &str, ours: f64) -> Self {
        let (workload, figure) = (workload.to_owned(), figure.to_owned());
        Self { workload, figure, limit: Vec::new(), limit_with_store: Vec::new(), ours: vec![ours] }
    }

    /// The same beside what the bare program takes.
    pub(crate) fn beside(self, limit: Option<f64>, limit_with_store: Option<f64>) -> Self {
        Self { limit: limit.into_iter().collect(), limit_with_store: limit_with_store.into_iter().collect(), ..self }
    }
}

/// Adds a further run's figures to the lines.
pub(crate) fn add(lines: &mut Vec<ReportLine>, run: Vec<ReportLine>) {
    for new in run {
        let known = lines.iter_mut().find(|line| line.workload == new.workload && line.figure == new.figure);
        match known {
            Some(line) => {
                line.limit.extend(new.limit);
                line.limit_with_store.extend(new.limit_with_store);
                line.ours.extend(new.ours);
            }
            None => lines.push(new),
        }
    }
}

/// Prints the table: of several runs the median, and between which values they lay.
pub(crate) fn print(lines: &[ReportLine]) {
    println!("| workload | figure | limit | limit with a store | ours | ours / limit | ours / limit with a store |");
    println!("|---|---|---|---|---|---|---|");
    for line in lines {
        let ReportLine { workload, figure, limit, limit_with_store, ours } = line;
        let cells = [limit, limit_with_store, ours, &ratios(ours, limit), &ratios(ours, limit_with_store)];
        let cells: Vec<String> = cells.into_iter().map(|values| cell(values)).collect();
        println!("| {workload} | {figure} | {} |", cells.join(" | "));
    }
}

/// Of the same run each.
fn ratios(ours: &[f64], limit: &[f64]) -> Vec<f64> {
    ours.iter().zip(limit).map(|(ours, limit)| ours / limit).collect()
}

fn cell(values: &[f64]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.first(), sorted.get(sorted.len() / 2), sorted.last()) {
        (Some(first), Some(median), Some(last)) if sorted.len() > 1 => format!("{median:.2} ({first:.2}–{last:.2})"),
        (Some(only), ..) => format!("{only:.2}"),
        _ => "–".to_owned(),
    }
}

/// Writes the same as JSON.
pub(crate) fn write(lines: &[ReportLine], path: &Path) -> anyhow::Result<()> {
    Ok(std::fs::write(path, serde_json::to_string_pretty(lines)?)?)
}
