//! What the keeper tells: over a real socket, as scrapers, browsers and programs read it.

mod chart;
mod exposition;
mod filler;
mod fixture;
mod metrics;
mod served;
