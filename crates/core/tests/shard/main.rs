//! Scenes of a shard.

mod defects;
mod following;
mod scene;
mod whose;
