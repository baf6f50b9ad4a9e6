//! Many episodes: what is run, and what its figures are. Outcomes are given here, numbers worked out by
//! hand; the engines have their own tests.

mod check;
mod episodes;
mod policies;
mod statistics;
mod summary;
