//! `ballast replay` of one episode, or of its table.

use super::{usage, Arguments};
use crate::{
    output::{check_writable, print, write},
    progress::{Bar, Shown},
    report, Failure,
};
use anyhow::Context;
use ballast_risk::{
    bars::{Bars, Range},
    grid::replay_all,
    outcome::Replay,
    picture,
    replay::replay,
    settings::Settings,
};
use std::time::Instant;

/// Entry health factors of the table: 1.20 to 1.50.
const TABLE_HEALTHS: [f64; 7] = [1.20, 1.25, 1.30, 1.35, 1.40, 1.45, 1.50];
/// Filler margins of the table, basis points.
const TABLE_MARGINS_BPS: [u32; 2] = [300, 1_000];

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = arguments.one_setting()?;
    if !arguments.table {
        settings.validate().map_err(usage)?;
    }
    let range = Range {
        from: arguments.from,
        to: arguments.to,
    };
    let bars = match &arguments.prices {
        Some(file) => Bars::read(file, range)?,
        None => Bars::built_in(range)?,
    };
    if arguments.table {
        return table(&bars, &settings);
    }
    let outputs = [&arguments.json, &arguments.picture];
    for output in outputs.into_iter().flatten() {
        check_writable(output)?;
    }

    let bar = Bar::new(Shown::Bars, bars.bars.len() as u64);
    let start = Instant::now();
    let replay = replay(&bars, &settings, |progress| bar.show(&progress))?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish();
    print(&report::replay(&replay, seconds))?;
    if let Some(file) = &arguments.json {
        let mut json = serde_json::to_string_pretty(&replay.report)?;
        json.push('\n');
        write(file, &json)?;
    }
    if let Some(file) = &arguments.picture {
        write(file, &draw(&bars, &settings, &replay)?)?;
    }
    Ok(())
}

fn draw(bars: &Bars, settings: &Settings, replay: &Replay) -> anyhow::Result<String> {
    picture::svg(bars, &settings.policy, replay).context("the picture cannot be drawn")
}

fn table(bars: &Bars, settings: &Settings) -> Result<(), Failure> {
    let mut all = Vec::new();
    for filler_margin_bps in TABLE_MARGINS_BPS {
        for entry_health in TABLE_HEALTHS {
            all.push(Settings {
                entry_health,
                filler_margin_bps,
                ..settings.clone()
            });
        }
    }
    for settings in &all {
        settings.validate().map_err(usage)?;
    }
    let bar = Bar::new(Shown::Replays, all.len() as u64);
    let replays = replay_all(bars, &all, || bar.step())?;
    bar.finish();
    print(&report::table(&replays))?;
    Ok(())
}
