//! Pictures: one replay, and what many have in common.

mod axes;
mod distribution;
mod episode;
mod timeline;

pub use distribution::{distribution, Panel};
pub use episode::svg;
pub use timeline::{timeline, Start};

use plotters::prelude::*;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PictureError(String);

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for PictureError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        PictureError(error.to_string())
    }
}

/// What a picture of many episodes is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// A screen or a printed page.
    Wide,
    /// A phone.
    Narrow,
}

/// Background.
pub const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Text and axes.
pub const INK: RGBColor = RGBColor(40, 40, 40);
/// Lines behind the data.
pub const GRID: RGBColor = RGBColor(225, 225, 225);
/// The vault, and where it ends above.
pub const VAULT: RGBColor = RGBColor(25, 105, 200);
/// The bare twin, and where it ends above.
pub const BARE: RGBColor = RGBColor(215, 85, 20);
/// Where neither does.
pub const NEITHER: RGBColor = RGBColor(150, 150, 150);

/// A colour as pictures write it.
pub fn written(color: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn font(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

/// A mark of an axis of differences: with its sign, but nothing without one.
fn axis_label(value: f64) -> String {
    if value.abs() < 1e-9 {
        return "0".into();
    }
    format!("{value:+}")
}

/// The least of 1, 2, 2.5 and 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(f64::MIN_POSITIVE).log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(least)
}
