//! Groups of changes over a real database, and a disk that fails when it is told to.

mod answers;
mod disk;
mod facts;
mod groups;
mod house;
mod threads;
mod wishes;
