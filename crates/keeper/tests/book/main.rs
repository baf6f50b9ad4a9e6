//! The book against a valuation of everybody by the core.

mod book;
mod crowd;
mod random;
mod reference;
mod screen;
