//! Scenes of a shard.

mod defects;
mod following;
mod online;
mod scene;
mod watching;
mod whose;
