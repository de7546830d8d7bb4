//! What is particular to keeping everything in one SQLite file: how it is opened, refused, and left behind.

mod continuity;
mod numbers;
mod opening;
mod rights;
mod traces;
