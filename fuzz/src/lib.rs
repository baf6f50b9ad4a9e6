//! What the fuzz targets share: steps made of arbitrary bytes, and the promises that they are held
//! against.
//!
//! Scene, totals and promises are those of the core's property tests, by their files.

pub mod cases;

#[path = "../../contracts/core/tests/arithmetic/promises.rs"]
pub mod promises;
#[path = "../../contracts/core/tests/arithmetic/rational.rs"]
pub mod rational;
#[path = "../../contracts/core/tests/arithmetic/scene.rs"]
pub mod scene;
#[path = "../../contracts/core/tests/arithmetic/totals.rs"]
pub mod totals;
