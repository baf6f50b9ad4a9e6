//! How a difference is distributed over many episodes: a histogram a policy, all on one axis. Counts are
//! on a logarithmic scale, since a difference of nothing is a hundred times as frequent as a crash.

use super::{
    axes::CountAxis, axis_label, font, round_step, Area, PictureError, Width, BARE, GRID, INK,
    NEITHER, PAPER, VAULT,
};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use std::{collections::BTreeMap, ops::Range};

/// One histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What it is of.
    pub name: String,
    /// The differences, basis points.
    pub values_bps: Vec<f64>,
    /// Their mean.
    pub mean_bps: f64,
    /// Its standard error.
    pub standard_error_bps: Option<f64>,
    /// Their median.
    pub median_bps: f64,
    /// The lowest, and the words for it.
    pub worst: (f64, String),
    /// The highest.
    pub best: (f64, String),
}

/// Pixels left of the name of an axis.
const EDGE: u32 = 8;
/// Bars of a histogram, about.
const BARS: f64 = 85.0;
/// A difference below this is none, basis points.
const NOTHING_BPS: f64 = 0.05;

struct Layout {
    width: u32,
    head: u32,
    panel: u32,
    axis: u32,
    left: u32,
    right: u32,
    text: u32,
    title: u32,
    labels: usize,
    narrow: bool,
}

impl Layout {
    fn of(width: Width) -> Self {
        match width {
            Width::Wide => Self {
                width: 1_200,
                head: 78,
                panel: 250,
                axis: 52,
                left: 84,
                right: 24,
                text: 15,
                title: 21,
                labels: 14,
                narrow: false,
            },
            Width::Narrow => Self {
                width: 420,
                head: 92,
                panel: 262,
                axis: 46,
                left: 48,
                right: 12,
                text: 13,
                title: 16,
                labels: 5,
                narrow: true,
            },
        }
    }
}

/// Draws them below each other, as SVG. `title` and `subtitle` stand above all.
///
/// # Errors
/// * [`PictureError`] - the drawing library's.
pub fn distribution(
    title: &str,
    subtitle: &str,
    panels: &[Panel],
    width: Width,
) -> Result<String, PictureError> {
    let layout = Layout::of(width);
    let height = layout.head + layout.panel * panels.len() as u32 + layout.axis;
    let (span, step) = span(panels);
    let histograms: Vec<_> = panels
        .iter()
        .map(|panel| histogram(&panel.values_bps, step))
        .collect();
    let most = histograms.iter().flat_map(BTreeMap::values).max();
    let most = most.copied().unwrap_or(1) as f64 * 1.6;
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (layout.width, height)).into_drawing_area();
        root.fill(&PAPER)?;
        let left = layout.left as i32;
        root.draw(&Text::new(
            title.to_string(),
            (left, 10),
            font(layout.title),
        ))?;
        let line = layout.text as i32 * 3 / 2;
        for (index, words) in subtitle.lines().enumerate() {
            let at = (left, 16 + layout.title as i32 + index as i32 * line);
            root.draw(&Text::new(words.to_string(), at, font(layout.text)))?;
        }
        let (_, below) = root.split_vertically(layout.head);
        let mut rest = below;
        for (index, panel) in panels.iter().enumerate() {
            let last = index + 1 == panels.len();
            let height = layout.panel + if last { layout.axis } else { 0 };
            let (area, next) = rest.split_vertically(height);
            rest = next;
            let counts = &histograms[index];
            draw(
                &area,
                &layout,
                panel,
                counts,
                (span.clone(), step),
                most,
                last,
            )?;
        }
        root.present()?;
    }
    Ok(text)
}

/// What the axis of differences shows, and the width of a bar.
fn span(panels: &[Panel]) -> (Range<f64>, f64) {
    let values = || panels.iter().flat_map(|panel| panel.values_bps.iter());
    let low = values().copied().fold(0.0, f64::min);
    let high = values().copied().fold(0.0, f64::max);
    let step = round_step(((high - low) / BARS).max(0.1));
    // One bar of room on either side.
    let place = |value: f64| (value / step).round();
    ((place(low) - 1.5) * step..(place(high) + 1.5) * step, step)
}

/// Counts by the number of the bar, whose middle is so many steps from zero.
fn histogram(values: &[f64], step: f64) -> BTreeMap<i64, u64> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry((value / step).round() as i64).or_default() += 1;
    }
    counts
}

fn signed(value: f64) -> String {
    format!("{value:+.1}")
        .replace("+0.0", "0.0")
        .replace("-0.0", "0.0")
}

/// Shares of the values above, below and without a difference, as words.
fn shares(values: &[f64]) -> String {
    let share = |is: &dyn Fn(f64) -> bool| {
        let count = values.iter().filter(|value| is(**value)).count();
        count as f64 / values.len().max(1) as f64 * 100.0
    };
    format!(
        "above in {:.1}%, below in {:.1}%",
        share(&|value| value >= NOTHING_BPS),
        share(&|value| value <= -NOTHING_BPS)
    )
}

fn draw(
    area: &Area<'_>,
    layout: &Layout,
    panel: &Panel,
    counts: &BTreeMap<i64, u64>,
    (span, step): (Range<f64>, f64),
    most: f64,
    last: bool,
) -> Result<(), PictureError> {
    let line = layout.text as i32 * 3 / 2;
    let left = layout.left as i32;
    let error = panel
        .standard_error_bps
        .map_or(String::new(), |error| format!(" (se {error:.1})"));
    let figures = format!(
        "mean {}{error}, median {}",
        signed(panel.mean_bps),
        signed(panel.median_bps),
    );
    let mut caption = vec![panel.name.clone(), figures];
    let shares = shares(&panel.values_bps);
    match layout.narrow {
        true => caption.push(shares),
        false => caption[1] += &format!("; {shares}"),
    }
    let lines = caption.len() as i32;
    for (index, words) in caption.into_iter().enumerate() {
        let style = if index == 0 {
            ("sans-serif", layout.text, FontStyle::Bold)
                .into_font()
                .color(&INK)
        } else {
            font(layout.text)
        };
        area.draw(&Text::new(words, (left, 8 + index as i32 * line), style))?;
    }
    // The name of the axis stands on its edge: a little room, or its half is lost.
    let area = area.margin(0, 0, EDGE, 0);
    let mut chart = ChartBuilder::on(&area)
        .x_label_area_size(if last { layout.axis } else { 4 })
        .y_label_area_size(layout.left - EDGE)
        .margin_right(layout.right)
        .margin_top(14 + lines * line)
        .build_cartesian_2d(span.clone(), CountAxis(most))?;
    let mut mesh = chart.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(font(layout.text))
        .x_labels(if last { layout.labels } else { 0 })
        .x_label_formatter(&|value| axis_label(*value))
        .y_desc(if layout.narrow { "" } else { "episodes" });
    if last {
        mesh.x_desc(if layout.narrow {
            "vault less bare, basis points of collateral"
        } else {
            "equity at the end, vault less bare, basis points of collateral"
        });
    }
    mesh.draw()?;
    let bars = counts.iter().map(|(place, count)| {
        let middle = *place as f64 * step;
        let color = match place.signum() {
            1 => VAULT,
            -1 => BARE,
            _ => NEITHER,
        };
        let corners = [
            (middle - step * 0.46, 0.5),
            (middle + step * 0.46, *count as f64),
        ];
        Rectangle::new(corners, color.filled())
    });
    chart.draw_series(bars)?;
    let ends = |value: f64| [(value, 0.5), (value, most)];
    chart.draw_series(DashedLineSeries::new(
        ends(panel.median_bps),
        4,
        4,
        INK.stroke_width(1),
    ))?;
    chart.draw_series(LineSeries::new(ends(panel.mean_bps), INK.stroke_width(2)))?;

    // Names of the extremes, over their bars.
    let height = most.powf(0.62);
    let pixels = f64::from(layout.width - layout.left - layout.right);
    let scale = pixels / (span.end - span.start);
    for ((value, words), color) in [(&panel.worst, BARE), (&panel.best, VAULT)] {
        if value.abs() < NOTHING_BPS {
            continue;
        }
        let count = counts.get(&((value / step).round() as i64)).copied();
        let top = count.unwrap_or(1) as f64 * 1.3;
        let height = height.max(top * 1.5).min(most);
        let leader = [(*value, top.min(height)), (*value, height)];
        chart.draw_series(LineSeries::new(leader, color.stroke_width(1)))?;
        // A letter is about 0.55 of the size of the text wide.
        let length = words.chars().count() as f64 * f64::from(layout.text) * 0.55;
        let outwards = if *value < 0.0 {
            (value - span.start) * scale > length
        } else {
            (span.end - value) * scale > length
        };
        // Without room on its outer side, a name begins or ends with the axis.
        let (at, side) = match (*value < 0.0, outwards) {
            (true, true) => (*value, HPos::Right),
            (true, false) => (span.start, HPos::Left),
            (false, true) => (*value, HPos::Left),
            (false, false) => (span.end, HPos::Right),
        };
        let style = font(layout.text)
            .color(&color)
            .pos(Pos::new(side, VPos::Bottom));
        let shift = match side {
            HPos::Left => 4,
            _ => -4,
        };
        let label = Text::new(words.clone(), (shift, -3), style);
        chart.draw_series([EmptyElement::at((at, height)) + label])?;
    }
    Ok(())
}
