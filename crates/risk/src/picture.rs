//! A replay drawn.

use crate::{bars::Bars, outcome::Replay};
use ballast_core::policy::Policy;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PictureError(String);

/// An SVG.
pub fn svg(_bars: &Bars, _policy: &Policy, _replay: &Replay) -> Result<String, PictureError> {
    Err(PictureError("not yet".into()))
}
