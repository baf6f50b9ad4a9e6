//! A replay drawn: the price above, the risk ratios of the twins below, on one axis of time.

use super::{axes::TimeAxis, font, Area, PictureError, BARE, GRID, INK, VAULT};
use crate::{
    bars::Bars,
    outcome::{Replay, Twin, What},
    path::PricePath,
};
use ballast_core::policy::Policy;
use plotters::{
    chart::SeriesLabelPosition,
    coord::ranged1d::Ranged,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use std::ops::Range;

const SIZE: (u32, u32) = (1200, 900);
/// Points of a line, about; more cannot be seen.
const MOST_POINTS: usize = 4_000;
/// Highest risk ratio drawn, percent.
const HIGHEST_RISK: f64 = 200.0;
const LEFT: u32 = 56;
/// Height of the line above a chart that says what it shows.
const CAPTION: u32 = 24;
const RIGHT: u32 = 96;

const MARKET: RGBColor = RGBColor(60, 60, 60);
const ORACLE: RGBColor = RGBColor(0, 128, 128);
const UNTOUCHED: RGBColor = RGBColor(140, 140, 140);
const THRESHOLD: RGBColor = RGBColor(150, 30, 60);

fn color(twin: Twin) -> RGBColor {
    match twin {
        Twin::Vault => VAULT,
        Twin::Bare => BARE,
    }
}

/// Draws a replay of these bars under this policy, as SVG.
///
/// # Errors
/// * [`PictureError`] - the drawing library's.
pub fn svg(bars: &Bars, policy: &Policy, replay: &Replay) -> Result<String, PictureError> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let root = title(&root, replay)?;
        let (above, below) = root.split_vertically((38).percent_height());
        let span = bars.start() as f64..bars.end() as f64;
        draw_price(&above, span.clone(), bars, replay)?;
        draw_risk(&below, span, bars, policy, replay)?;
        root.present()?;
    }
    Ok(text)
}

fn title<'a>(root: &Area<'a>, replay: &Replay) -> Result<Area<'a>, PictureError> {
    let report = &replay.report;
    let (episode, vault, bare) = (&report.episode, &report.vault, &report.bare);
    let title = format!(
        "{}, {} to {} UTC: a vault beside an identical borrower without one",
        episode.collateral,
        episode.from.trim_end_matches('Z').replace('T', " "),
        episode.to.trim_end_matches('Z').replace('T', " "),
    );
    let figures = format!(
        "entry health {}, filler margin {}%, oracle = {}.  Equity in USD: {:.0} at start; at end {:.0} \
         in the vault, {:.0} bare, {:.0} untouched",
        episode.entry_health,
        f64::from(episode.filler_margin_bps) / 100.0,
        episode.oracle,
        vault.equity_start_usd,
        vault.equity_end_usd,
        bare.equity_end_usd,
        vault.equity_end_untouched_usd,
    );
    root.draw(&Text::new(title, (LEFT as i32, 12), font(21)))?;
    root.draw(&Text::new(figures, (LEFT as i32, 40), font(15)))?;
    Ok(root.margin(62, 8, 0, 0))
}

fn draw_price(
    area: &Area<'_>,
    span: Range<f64>,
    bars: &Bars,
    replay: &Replay,
) -> Result<(), PictureError> {
    let market = thinned(PricePath::new(bars).corners().collect());
    let oracle: Vec<_> = replay
        .samples
        .iter()
        .map(|sample| (sample.time as f64, sample.oracle_usd))
        .collect();
    let oracle = thinned(stairs(&oracle, span.end));
    let caption = format!("price of {}, USD", replay.report.episode.collateral);
    area.draw(&Text::new(caption, (LEFT as i32, 5), font(14)))?;
    let prices = market.iter().chain(&oracle).map(|point| point.1);
    let (low, high) = bounds(prices);
    let room = (high - low).max(high * 1e-4) * 0.06;
    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(26)
        .y_label_area_size(LEFT)
        .margin_right(RIGHT)
        .margin_top(CAPTION)
        .build_cartesian_2d(TimeAxis(span.clone()), low - room..high + room)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(font(14))
        .x_labels(12)
        .y_labels(7)
        .y_label_formatter(&|price| format!("{price:.3}"))
        .draw()?;
    for twin in [Twin::Bare, Twin::Vault] {
        for (start, end) in replay.auctions(twin, bars.end()) {
            let corners = [(start as f64, low - room), (end as f64, high + room)];
            chart.draw_series([Rectangle::new(corners, color(twin).mix(0.10).filled())])?;
        }
    }
    chart
        .draw_series(LineSeries::new(market, MARKET.stroke_width(1)))?
        .label("market")
        .legend(|at| line_sample(at, MARKET.stroke_width(1)));
    chart
        .draw_series(LineSeries::new(oracle, ORACLE.stroke_width(2)))?
        .label("oracle")
        .legend(|at| line_sample(at, ORACLE.stroke_width(2)));
    legend(&mut chart, SeriesLabelPosition::LowerRight)
}

fn draw_risk(
    area: &Area<'_>,
    span: Range<f64>,
    bars: &Bars,
    policy: &Policy,
    replay: &Replay,
) -> Result<(), PictureError> {
    let thresholds = [
        (policy.target_e7, "target"),
        (policy.soft_e7, "soft"),
        (policy.hard_e7, "hard"),
        (10_000_000, "liquidation"),
    ]
    .map(|(value, name)| (f64::from(value) / 1e5, name));
    let caption = "risk ratio, %: liability base over collateral base at the oracle's price";
    area.draw(&Text::new(caption, (LEFT as i32, 5), font(14)))?;
    let line = |risk: &dyn Fn(usize) -> i128| -> Vec<(f64, f64)> {
        let samples = replay.samples.iter().enumerate();
        samples
            .map(|(index, sample)| (sample.time as f64, as_percent(risk(index))))
            .collect()
    };
    let vault = line(&|index| replay.samples[index].risk_e7[Twin::Vault as usize]);
    let bare = line(&|index| replay.samples[index].risk_e7[Twin::Bare as usize]);
    let untouched = line(&|index| replay.samples[index].untouched_e7);
    let drawn = vault
        .iter()
        .chain(&bare)
        .chain(&untouched)
        .map(|point| point.1);
    let (low, high) = bounds(
        drawn
            .filter(|risk| *risk > 0.0)
            .chain(thresholds.map(|line| line.0)),
    );
    let (low, high) = ((low - 4.0).max(0.0), high.min(HIGHEST_RISK) + 4.0);

    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(44)
        .y_label_area_size(LEFT)
        .margin_right(RIGHT)
        .margin_top(CAPTION)
        .build_cartesian_2d(TimeAxis(span.clone()), low..high)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(font(14))
        .x_desc("time, UTC")
        .x_labels(12)
        .y_labels(10)
        .y_label_formatter(&|risk| format!("{risk:.0}"))
        .draw()?;

    for twin in [Twin::Bare, Twin::Vault] {
        let spans = replay
            .auctions(twin, bars.end())
            .into_iter()
            .map(|(start, end)| {
                let corners = [(start as f64, low), (end as f64, high)];
                Rectangle::new(corners, color(twin).mix(0.10).filled())
            });
        chart
            .draw_series(spans)?
            .label(format!("{}: auction open", twin.name()))
            .legend(move |(x, y)| {
                Rectangle::new(
                    [(x, y - 6), (x + 18, y + 6)],
                    color(twin).mix(0.18).filled(),
                )
            });
    }
    let mut label_above = f64::NEG_INFINITY;
    for (value, name) in thresholds {
        let ends = [(span.start, value), (span.end, value)];
        let style = THRESHOLD.mix(if name == "liquidation" { 1.0 } else { 0.6 });
        if name == "liquidation" {
            chart.draw_series(LineSeries::new(ends, style.stroke_width(1)))?;
        } else {
            chart.draw_series(DashedLineSeries::new(ends, 5, 4, style.stroke_width(1)))?;
        }
        // Names stand beside the axis, each at least a line of text above the one before.
        let text_height = (high - low) * 0.028;
        let at = value.max(label_above + text_height);
        label_above = at;
        let style = font(13)
            .color(&THRESHOLD)
            .pos(Pos::new(HPos::Left, VPos::Center));
        let text = Text::new(format!("{name} {value:.0}"), (6, 0), style);
        let label = EmptyElement::at((span.end, at)) + text;
        chart.draw_series([label])?;
    }

    let lines = [
        (
            untouched,
            UNTOUCHED.stroke_width(1),
            "untouched: risk ratio",
        ),
        (bare, BARE.stroke_width(5), "bare: risk ratio"),
        (vault, VAULT.stroke_width(2), "vault: risk ratio"),
    ];
    for (points, style, label) in lines {
        for (index, piece) in with_debt(&points, span.end).into_iter().enumerate() {
            let drawn = chart.draw_series(LineSeries::new(thinned(piece), style))?;
            if index == 0 {
                drawn.label(label).legend(move |at| line_sample(at, style));
            }
        }
    }
    draw_events(&mut chart, low..high, replay)?;
    legend(&mut chart, SeriesLabelPosition::UpperRight)
}

type Chart<'a, 'b, Y> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<TimeAxis, Y>>;

fn draw_events(
    chart: &mut Chart<'_, '_, plotters::coord::types::RangedCoordf64>,
    drawn: Range<f64>,
    replay: &Replay,
) -> Result<(), PictureError> {
    let inside = |risk_e7: i128| as_percent(risk_e7).clamp(drawn.start, drawn.end);
    let mut steps = Vec::new();
    let mut rescues = Vec::new();
    let mut fills = Vec::new();
    for event in &replay.events {
        let at = event.time as f64;
        match event.what {
            What::Stepped {
                rescue: None,
                risk_before_e7,
                ..
            } => {
                steps.push((at, inside(risk_before_e7)));
            }
            What::Stepped {
                rescue: Some(_),
                risk_before_e7,
                ..
            } => {
                rescues.push((at, inside(risk_before_e7)));
            }
            What::Filled { .. } => {
                let before = replay.samples.iter().rev().find(|sample| {
                    sample.time < event.time && sample.risk_e7[event.twin as usize] > 0
                });
                let risk_e7 = before.map_or(0, |sample| sample.risk_e7[event.twin as usize]);
                fills.push((event.twin, (at, inside(risk_e7))));
            }
            _ => {}
        }
    }
    if !steps.is_empty() {
        chart
            .draw_series(
                steps
                    .into_iter()
                    .map(|at| Circle::new(at, 6, VAULT.filled())),
            )?
            .label("vault: step")
            .legend(|(x, y)| Circle::new((x + 9, y), 6, VAULT.filled()));
    }
    if !rescues.is_empty() {
        chart
            .draw_series(
                rescues
                    .into_iter()
                    .map(|at| TriangleMarker::new(at, 9, VAULT.filled())),
            )?
            .label("vault: rescue from the auction")
            .legend(|(x, y)| TriangleMarker::new((x + 9, y), 9, VAULT.filled()));
    }
    for twin in Twin::BOTH {
        let of: Vec<_> = fills
            .iter()
            .filter(|fill| fill.0 == twin)
            .map(|fill| fill.1)
            .collect();
        if of.is_empty() {
            continue;
        }
        let style = color(twin).stroke_width(3);
        chart
            .draw_series(of.into_iter().map(|at| Cross::new(at, 7, style)))?
            .label(format!("{}: auction filled", twin.name()))
            .legend(move |(x, y)| Cross::new((x + 9, y), 6, style));
    }
    Ok(())
}

fn legend<'a, 'b: 'a, Y: Ranged<ValueType = f64>>(
    chart: &mut Chart<'a, 'b, Y>,
    position: SeriesLabelPosition,
) -> Result<(), PictureError> {
    chart
        .configure_series_labels()
        .position(position)
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(200, 200, 200))
        .label_font(font(14))
        .legend_area_size(26)
        .margin(8)
        .draw()?;
    Ok(())
}

fn line_sample((x, y): (i32, i32), style: ShapeStyle) -> PathElement<(i32, i32)> {
    PathElement::new(vec![(x, y), (x + 18, y)], style)
}

fn as_percent(risk_e7: i128) -> f64 {
    (risk_e7 as f64 / 1e5).min(HIGHEST_RISK)
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

/// The stairs of a risk ratio, in pieces where there was debt.
fn with_debt(points: &[(f64, f64)], end: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = Vec::new();
    let mut rest = points;
    while let Some(start) = rest.iter().position(|point| point.1 > 0.0) {
        rest = &rest[start..];
        let length = rest
            .iter()
            .position(|point| point.1 <= 0.0)
            .unwrap_or(rest.len());
        let until = rest.get(length).map_or(end, |point| point.0);
        pieces.push(stairs(&rest[..length], until));
        rest = &rest[length..];
    }
    pieces
}

/// A line with no more points than can be seen: of each of many intervals the first, the lowest, the
/// highest and the last.
fn thinned(line: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if line.len() <= MOST_POINTS {
        return line;
    }
    let size = line.len().div_ceil(MOST_POINTS / 4);
    let mut kept = Vec::with_capacity(MOST_POINTS);
    for part in line.chunks(size) {
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
