//! A difference by the start of its episode, under the price: when a vault was worth having.

use super::{axes::TimeAxis, axis_label, font, PictureError, Width, BARE, GRID, INK, PAPER, VAULT};
use plotters::prelude::*;

/// Pixels left of the name of an axis.
const EDGE: u32 = 8;

/// One start of episodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    /// Unix seconds.
    pub time: u64,
    /// Price then, USD.
    pub price_usd: f64,
    /// The difference, basis points.
    pub bps: f64,
}

/// Three significant digits, without zeros at the end.
fn price_label(price: f64) -> String {
    let digits = (2 - price.abs().max(1e-9).log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{price:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

/// Draws starts, in order of time and at least one, as SVG.
///
/// # Errors
/// * [`PictureError`] - the drawing library's.
pub fn timeline(
    title: &str,
    subtitle: &str,
    starts: &[Start],
    width: Width,
) -> Result<String, PictureError> {
    let (size, left, right, text, head, labels) = match width {
        Width::Wide => ((1_200u32, 520u32), 70u32, 24u32, 15u32, 64u32, 12),
        Width::Narrow => ((420, 460), 48, 12, 13, 92, 4),
    };
    let wide = width == Width::Wide;
    let large = text * 7 / 5;
    let first = starts.first().map_or(0, |start| start.time) as f64;
    let last = starts.last().map_or(1, |start| start.time) as f64;
    let span = first..last.max(first + 1.0);
    let mut picture = String::new();
    {
        let root = SVGBackend::with_string(&mut picture, size).into_drawing_area();
        root.fill(&PAPER)?;
        root.draw(&Text::new(title.to_string(), (left as i32, 8), font(large)))?;
        for (index, words) in subtitle.lines().enumerate() {
            let at = (
                left as i32,
                14 + large as i32 + index as i32 * text as i32 * 3 / 2,
            );
            root.draw(&Text::new(words.to_string(), at, font(text)))?;
        }
        let (_, below) = root.split_vertically(head);
        // The names of the axes stand on the edge: a little room, or their half is lost.
        let below = below.margin(0, 0, EDGE, 0);
        let left = left - EDGE;
        let (above, below) = below.split_vertically((36).percent_height());

        let prices = starts.iter().map(|start| start.price_usd);
        let (low, high) = prices.fold((f64::INFINITY, 0.0f64), |(low, high), price| {
            (low.min(price), high.max(price))
        });
        let mut chart = ChartBuilder::on(&above)
            .x_label_area_size(4)
            .y_label_area_size(left)
            .margin_right(right)
            .margin_top(6)
            .build_cartesian_2d(
                TimeAxis(span.clone()),
                (low * 0.94..high * 1.06).log_scale(),
            )?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(INK)
            .label_style(font(text))
            .y_labels(if wide { 12 } else { 5 })
            .y_label_formatter(&|price| price_label(*price))
            .y_desc(if wide { "price, USD" } else { "" })
            .draw()?;
        let line = starts
            .iter()
            .map(|start| (start.time as f64, start.price_usd));
        chart.draw_series(LineSeries::new(line, INK.stroke_width(1)))?;

        let least = starts.iter().map(|start| start.bps).fold(0.0, f64::min);
        let most = starts.iter().map(|start| start.bps).fold(0.0, f64::max);
        let room = (most - least).max(1.0) * 0.05;
        let mut chart = ChartBuilder::on(&below)
            .x_label_area_size(30)
            .y_label_area_size(left)
            .margin_right(right)
            .margin_top(8)
            .build_cartesian_2d(TimeAxis(span.clone()), least - room..most + room)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(INK)
            .label_style(font(text))
            .x_labels(labels)
            .y_labels(6)
            .y_label_formatter(&|value| axis_label(*value))
            .y_desc(if wide { "vault less bare, bps" } else { "" })
            .draw()?;
        let zero = [(span.start, 0.0), (span.end, 0.0)];
        chart.draw_series(LineSeries::new(zero, INK.stroke_width(1)))?;
        let stems = starts.iter().filter(|start| start.bps != 0.0).map(|start| {
            let color = if start.bps > 0.0 { VAULT } else { BARE };
            let at = start.time as f64;
            PathElement::new([(at, 0.0), (at, start.bps)], color.stroke_width(2))
        });
        chart.draw_series(stems)?;
        root.present()?;
    }
    Ok(picture)
}
