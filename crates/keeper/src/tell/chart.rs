//! Risk over time, drawn: the price above where there is one, the risk ratios below, on one axis of time.
//!
//! Colours are those of a light page, written so that [`in_page_colours`] can replace them by a page's own.

use plotters::{
    coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use std::ops::Range;

const PAPER: RGBColor = RGBColor(255, 255, 255);
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(225, 225, 225);
const VAULT: RGBColor = RGBColor(25, 105, 200);
const BARE: RGBColor = RGBColor(215, 85, 20);
const NEITHER: RGBColor = RGBColor(150, 150, 150);

/// Highest risk ratio drawn.
const HIGHEST_RISK: f64 = 2.0;
/// Longer than this without a point, and the line is broken: the keeper did not run. Seconds.
const GAP: f64 = 3.0 * 3_600.0;
/// Points of a line, about; more cannot be seen.
const MOST_POINTS: usize = 2_000;

/// Why there is no chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ChartError(String);

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for ChartError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        ChartError(error.to_string())
    }
}

/// What a line is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// What it is about.
    Vault,
    /// What happens to it.
    Bare,
    /// Something to compare with.
    Neither,
    /// Neutral.
    Ink,
}

impl Colour {
    fn rgb(self) -> RGBColor {
        match self {
            Colour::Vault => VAULT,
            Colour::Bare => BARE,
            Colour::Neither => NEITHER,
            Colour::Ink => INK,
        }
    }
}

/// A line over time: unix seconds and values, in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What the legend calls it.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// Its points; a value holds until the next, and one that is no number ends the line until then.
    pub points: Vec<(u64, f64)>,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A step.
    Step,
    /// A rescue from an auction.
    Rescue,
    /// An auction was opened.
    Auction,
    /// An auction was filled.
    Filled,
}

impl Mark {
    /// In the order of drawing.
    const ALL: [Mark; 4] = [Mark::Auction, Mark::Filled, Mark::Step, Mark::Rescue];

    fn name(self) -> &'static str {
        match self {
            Mark::Step => "step",
            Mark::Rescue => "rescue from the auction",
            Mark::Auction => "auction opened",
            Mark::Filled => "auction filled",
        }
    }
}

/// What is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Above all; nothing of a page that has a heading.
    pub title: String,
    /// Prices; no panel without any.
    pub prices: Vec<Line>,
    /// Risk ratios; 1 is where the pool liquidates.
    pub risks: Vec<Line>,
    /// What happened, at which risk ratio.
    pub marks: Vec<(Mark, u64, f64)>,
}

/// What a chart is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// A screen or a printed page.
    Wide,
    /// A phone.
    Narrow,
}

struct Layout {
    size: (u32, u32),
    left: u32,
    right: u32,
    text: u32,
    title: u32,
}

impl Chart {
    /// As SVG; none of a chart without points. Risk ratios without bounds are drawn at the top, prices that are no
    /// numbers are not.
    ///
    /// # Errors
    /// [`ChartError`] - the drawing library's.
    pub fn svg(&self, width: Width) -> Result<Option<String>, ChartError> {
        let times = || {
            let lines = self.risks.iter().chain(&self.prices);
            lines.flat_map(|line| line.points.iter().map(|point| point.0 as f64))
        };
        let (first, last) = bounds(times());
        if !first.is_finite() {
            return Ok(None);
        }
        let span = first..last.max(first + 60.0);
        let panels = if self.prices.is_empty() { 1 } else { 2 };
        let layout = match width {
            Width::Wide => Layout {
                size: (1_128, if panels == 1 { 360 } else { 720 }),
                left: 60,
                right: 20,
                text: 15,
                title: 20,
            },
            Width::Narrow => Layout {
                size: (360, if panels == 1 { 290 } else { 500 }),
                left: 44,
                right: 10,
                text: 12,
                title: 16,
            },
        };
        let mut text = String::new();
        {
            let root = SVGBackend::with_string(&mut text, layout.size).into_drawing_area();
            root.fill(&PAPER)?;
            let head = if self.title.is_empty() {
                0
            } else {
                let at = (layout.left as i32, 10);
                root.draw(&Text::new(self.title.clone(), at, font(layout.title)))?;
                layout.title * 2
            };
            let (_, below) = root.split_vertically(head);
            let below = match panels {
                1 => below,
                _ => {
                    let (above, below) = below.split_vertically((38).percent_height());
                    self.draw_prices(&above, &layout, span.clone())?;
                    below
                }
            };
            self.draw_risks(&below, &layout, span)?;
            root.present()?;
        }
        Ok(Some(text))
    }

    fn draw_prices(
        &self,
        area: &Area<'_>,
        layout: &Layout,
        span: Range<f64>,
    ) -> Result<(), ChartError> {
        let mut prices = self.prices.clone();
        for line in &mut prices {
            line.points.retain(|point| point.1.is_finite());
        }
        let values = prices.iter().flat_map(|line| &line.points);
        let (low, high) = bounds(values.map(|point| point.1));
        // A range without bounds would be marked for ever.
        if !low.is_finite() {
            return Ok(());
        }
        let room = (high - low).max(high.abs() * 0.02).max(1e-9) * 0.06;
        let area = legend(area, layout, &line_samples(&prices))?;
        let mut chart = ChartBuilder::on(&area)
            .x_label_area_size(6)
            .y_label_area_size(layout.left)
            .margin_right(layout.right)
            .margin_top(8)
            .build_cartesian_2d(TimeAxis(span.clone()), low - room..high + room)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style(font(layout.text))
            .y_labels(5)
            .y_label_formatter(&|value| short(*value))
            .draw()?;
        for line in &prices {
            draw_line(&mut chart, line, span.end, |value| value)?;
        }
        Ok(())
    }

    fn draw_risks(
        &self,
        area: &Area<'_>,
        layout: &Layout,
        span: Range<f64>,
    ) -> Result<(), ChartError> {
        let percent = |value: f64| value.clamp(0.0, HIGHEST_RISK) * 100.0;
        let values = self.risks.iter().flat_map(|line| &line.points);
        let (low, high) = bounds(values.map(|point| percent(point.1)));
        let (low, high) = (low.min(100.0), high.max(100.0));
        let room = (high - low).max(5.0) * 0.08;
        let liquidates = BARE.stroke_width(1);
        let mut samples = line_samples(&self.risks);
        samples.push((Sample::Dashed(liquidates), "the pool liquidates"));
        for mark in Mark::ALL {
            if self.marks.iter().any(|one| one.0 == mark) {
                samples.push((Sample::Mark(mark), mark.name()));
            }
        }
        let area = legend(area, layout, &samples)?;
        let range = (low - room).max(0.0)..high + room;
        let mut chart = ChartBuilder::on(&area)
            .x_label_area_size(layout.text * 2)
            .y_label_area_size(layout.left)
            .margin_right(layout.right)
            .margin_top(8)
            .build_cartesian_2d(TimeAxis(span.clone()), range)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style(font(layout.text))
            .x_labels(if layout.size.0 > 800 { 11 } else { 5 })
            .y_labels(7)
            .y_label_formatter(&|value| format!("{value:.0}%"))
            .draw()?;
        let limit = [(span.start, 100.0), (span.end, 100.0)];
        chart.draw_series(DashedLineSeries::new(limit, 5, 4, liquidates))?;
        for line in &self.risks {
            draw_line(&mut chart, line, span.end, percent)?;
        }
        for mark in Mark::ALL {
            let of = self.marks.iter().filter(|one| one.0 == mark);
            let of = of.map(|(_, time, value)| (*time as f64, percent(*value)));
            let of: Vec<_> = of.collect();
            match mark {
                Mark::Step => {
                    let series = of.into_iter().map(|at| Circle::new(at, 5, VAULT.filled()));
                    chart.draw_series(series)?;
                }
                Mark::Rescue => {
                    let shape = |at| TriangleMarker::new(at, 8, VAULT.filled());
                    chart.draw_series(of.into_iter().map(shape))?;
                }
                Mark::Auction => {
                    let shape = |at| Circle::new(at, 6, BARE.stroke_width(2));
                    chart.draw_series(of.into_iter().map(shape))?;
                }
                Mark::Filled => {
                    let shape = |at| Cross::new(at, 6, BARE.stroke_width(3));
                    chart.draw_series(of.into_iter().map(shape))?;
                }
            }
        }
        Ok(())
    }
}

/// A picture's colours as a page's variables.
pub fn in_page_colours(svg: &str) -> String {
    let mut svg = svg.to_owned();
    for (colour, name) in [
        (PAPER, "paper"),
        (INK, "ink"),
        (GRID, "grid"),
        (VAULT, "vault"),
        (BARE, "bare"),
        (NEITHER, "neither"),
    ] {
        let written = format!("\"#{:02X}{:02X}{:02X}\"", colour.0, colour.1, colour.2);
        svg = svg.replace(&written, &format!("\"var(--{name})\""));
    }
    svg
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Plane<'a, 'b, Y> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<TimeAxis, Y>>;

fn font(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

fn draw_line<'b, Y: Ranged<ValueType = f64>>(
    chart: &mut Plane<'_, 'b, Y>,
    line: &Line,
    end: f64,
    value: impl Fn(f64) -> f64,
) -> Result<(), ChartError> {
    let style = line.colour.rgb().stroke_width(2);
    let points: Vec<_> = line
        .points
        .iter()
        .map(|(time, of)| (*time as f64, value(*of)))
        .collect();
    let together = |one: &(f64, f64), next: &(f64, f64)| next.0 - one.0 <= GAP && !one.1.is_nan();
    for piece in points.chunk_by(together) {
        let (last, ended) = match piece.split_last() {
            Some(((time, value), rest)) if value.is_nan() => (*time, Some(rest)),
            Some(((time, _), _)) => (*time, None),
            None => continue,
        };
        let until = if ended.is_none() && end - last <= GAP {
            end
        } else {
            last
        };
        let piece = ended.unwrap_or(piece);
        chart.draw_series(LineSeries::new(stairs(&thinned(piece), until), style))?;
    }
    Ok(())
}

/// What a legend says of a line or a mark.
enum Sample {
    Line(ShapeStyle),
    Dashed(ShapeStyle),
    Mark(Mark),
}

/// A legend above a panel, where it covers nothing; the panel's rest.
fn legend<'a>(
    area: &Area<'a>,
    layout: &Layout,
    samples: &[(Sample, &str)],
) -> Result<Area<'a>, ChartError> {
    const SAMPLE: i32 = 24;
    let row = layout.text as i32 * 8 / 5;
    let (mut x, mut y) = (layout.left as i32, row / 2 + 2);
    for (sample, name) in samples {
        // A letter is about 0.55 of the size of the text wide.
        let width = SAMPLE + name.chars().count() as i32 * layout.text as i32 * 11 / 20 + 16;
        if x > layout.left as i32 && x + width > layout.size.0 as i32 {
            (x, y) = (layout.left as i32, y + row);
        }
        let line = |from, to, style| PathElement::new(vec![(x + from, y), (x + to, y)], style);
        match sample {
            Sample::Line(style) => area.draw(&line(0, 18, *style))?,
            Sample::Dashed(style) => {
                area.draw(&line(0, 7, *style))?;
                area.draw(&line(11, 18, *style))?;
            }
            Sample::Mark(mark) => draw_mark(area, *mark, (x + 9, y))?,
        }
        let middle = Pos::new(HPos::Left, VPos::Center);
        let text = Text::new(
            (*name).to_owned(),
            (x + SAMPLE, y),
            font(layout.text).pos(middle),
        );
        area.draw(&text)?;
        x += width;
    }
    Ok(area.split_vertically(y + row / 2 + 2).1)
}

fn draw_mark(area: &Area<'_>, mark: Mark, at: (i32, i32)) -> Result<(), ChartError> {
    match mark {
        Mark::Step => area.draw(&Circle::new(at, 5, VAULT.filled()))?,
        Mark::Rescue => area.draw(&TriangleMarker::new(at, 7, VAULT.filled()))?,
        Mark::Auction => area.draw(&Circle::new(at, 5, BARE.stroke_width(2)))?,
        Mark::Filled => area.draw(&Cross::new(at, 5, BARE.stroke_width(3)))?,
    }
    Ok(())
}

fn line_samples(lines: &[Line]) -> Vec<(Sample, &str)> {
    let named = lines.iter().filter(|line| !line.name.is_empty());
    let sample = |line: &Line| Sample::Line(line.colour.rgb().stroke_width(2));
    named
        .map(|line| (sample(line), line.name.as_str()))
        .collect()
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// A line that keeps its value until the next one.
fn stairs(points: &[(f64, f64)], end: f64) -> Vec<(f64, f64)> {
    let mut line = Vec::with_capacity(points.len() * 2);
    for (index, point) in points.iter().enumerate() {
        line.push(*point);
        line.push((points.get(index + 1).map_or(end, |next| next.0), point.1));
    }
    line
}

/// No more points than can be seen: of each of many intervals the first, the lowest, the highest and the last.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let size = points.len().div_ceil(MOST_POINTS / 4);
    let mut kept = Vec::with_capacity(MOST_POINTS);
    for part in points.chunks(size) {
        let by_value = |a: &usize, b: &usize| part[*a].1.total_cmp(&part[*b].1);
        let lowest = (0..part.len()).min_by(by_value).unwrap_or(0);
        let highest = (0..part.len()).max_by(by_value).unwrap_or(0);
        let mut places = [0, lowest, highest, part.len() - 1];
        places.sort_unstable();
        kept.extend(places.map(|place| part[place]));
    }
    kept.dedup();
    kept
}

/// Three significant digits, without zeros at the end.
fn short(value: f64) -> String {
    let digits = (2 - value.abs().max(1e-9).log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

/// Unix seconds, with marks at times that people use.
struct TimeAxis(Range<f64>);

/// Distances between marks, seconds.
const MARKS: [f64; 16] = [
    5.0,
    15.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_592_000.0,
];

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.0.start) / (self.0.end - self.0.start);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let span = self.0.end - self.0.start;
        let most = hint.max_num_points().clamp(2, 12);
        let fits = |distance: &&f64| span / **distance <= most as f64;
        let distance = MARKS
            .iter()
            .find(fits)
            .copied()
            .unwrap_or(span / most as f64);
        let first = (self.0.start / distance).ceil() as i64;
        let last = (self.0.end / distance).floor() as i64;
        (first..=last).map(|mark| mark as f64 * distance).collect()
    }

    fn range(&self) -> Range<f64> {
        self.0.clone()
    }
}

impl ValueFormatter<f64> for TimeAxis {
    fn format_ext(&self, value: &f64) -> String {
        let span = self.0.end - self.0.start;
        let format = match span {
            span if span > 5.0 * 86_400.0 => "%m-%d",
            span if span > 86_400.0 => "%m-%d %H:%M",
            span if span > 300.0 => "%H:%M",
            _ => "%H:%M:%S",
        };
        let time = jiff::Timestamp::from_second(*value as i64).unwrap_or_default();
        time.strftime(format).to_string()
    }
}
