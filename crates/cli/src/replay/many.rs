//! `ballast replay` of many episodes.

use super::{misuse, Arguments, ORACLE_RESOLUTION_SECONDS};
use crate::{
    document,
    findings::{Checked, Findings, Source},
    numbers::count,
    output::{check_writable, print, write, write_json},
    page,
    progress::{Bar, Shown},
    study_pictures, study_report, Failure,
};
use anyhow::Context;
use ballast_risk::{
    bars::{Bars, Range},
    check::{self, Check},
    engine::Engine,
    episodes::{Episodes, Schedule},
    history::History,
    picture::Width,
    policy_grid::{self, NamedPolicy},
    settings::Settings,
    study::{Case, Impossible, Study},
    summary::Summary,
    time,
};
use std::{collections::HashMap, fs, path::Path, time::Instant};

/// Runs the command.
pub fn run(arguments: &Arguments, schedule: Schedule) -> Result<(), Failure> {
    let (policies, policies_left_out) = policies(arguments)?;
    let settings = arguments.settings(policies[0].policy);
    for one in &settings {
        one.validate_bounds().map_err(super::usage)?;
    }
    let check = chosen_check(arguments)?;
    let range = Range {
        from: arguments.from,
        to: arguments.to,
    };
    let bars = match &arguments.prices {
        Some(file) => Bars::read_with_long_gaps(file, range)?,
        None => Bars::built_in(range)?,
    };
    let Episodes { planned, left_out } = schedule
        .episodes(&bars, arguments.from, arguments.to)
        .map_err(|error| Failure::Usage(error.into()))?;
    let outputs = [&arguments.json, &arguments.picture, &arguments.html];
    for output in outputs.into_iter().flatten() {
        check_writable(output)?;
    }
    let source = Source {
        prices: bars.source.clone(),
        bars: bars.bars.len() as u64,
        bar_seconds: bars.bar_seconds,
        from: bars.start(),
        to: bars.end(),
        schedule,
        episodes: planned.len() as u64,
        left_out,
    };
    let history = History::new(bars);
    let study = Study {
        history: &history,
        episodes: &planned,
        settings: &settings,
        policies: &policies,
    };
    let (cases, impossible) = study.cases();
    if cases.is_empty() {
        let error = impossible.into_iter().next().map(|one| one.error);
        return Err(error.map_or_else(|| misuse("nothing to replay".into()), super::usage));
    }
    announce(
        &source,
        &settings,
        &policies,
        &policies_left_out,
        &impossible,
    );

    let engine = arguments.engine.engine();
    let start = Instant::now();
    let bar = Bar::new(Shown::Episodes, source.episodes * cases.len() as u64);
    let records = study.run(engine, &cases, || bar.step())?;
    bar.finish();
    let seconds = start.elapsed().as_secs_f64();
    let checked = match check {
        Check::None => None,
        check => Some(run_again(&study, &cases, &records, check, arguments.seed)?),
    };
    let findings = Findings {
        summary: Summary::of(&cases, &records, schedule.overlap()),
        source,
        engine: arguments.engine.name(),
        settings: settings.clone(),
        policies: policies.clone(),
        policies_left_out,
        cases,
        impossible,
        records,
        checked,
    };
    print(&study_report::text(&findings, seconds))?;
    if let Some(file) = &arguments.json {
        write_json(file, &document::Document::of(&findings))?;
    }
    if let Some(file) = &arguments.picture {
        write(file, &study_pictures::distribution(&findings, Width::Wide)?)?;
    }
    if let Some(file) = &arguments.html {
        write(file, &page::page(&findings)?)?;
    }
    disagreement(&findings)
}

/// The policies by their names, and the combinations left out with the rule that they break.
type Policies = (Vec<NamedPolicy>, Vec<(String, String)>);

fn policies(arguments: &Arguments) -> Result<Policies, Failure> {
    let files = &arguments.policy_grid;
    if files.is_empty() {
        let name = arguments.policy.as_deref().map_or("default".into(), stem);
        let policy = arguments.policy()?;
        return Ok((vec![NamedPolicy { name, policy }], Vec::new()));
    }
    let (mut policies, mut left_out) = (Vec::new(), Vec::new());
    for file in files {
        let named = || file.display().to_string();
        let text = fs::read_to_string(file).with_context(named)?;
        let grid = policy_grid::parse(&stem(file), &text, ORACLE_RESOLUTION_SECONDS)
            .with_context(named)?;
        let full_name = |name: String| match files.len() {
            1 => name,
            _ if name == stem(file) => name,
            _ => format!("{}: {name}", stem(file)),
        };
        policies.extend(grid.policies.into_iter().map(|one| NamedPolicy {
            name: full_name(one.name),
            policy: one.policy,
        }));
        let with_words = |(name, error): (String, _)| (full_name(name), format!("{error}"));
        left_out.extend(grid.left_out.into_iter().map(with_words));
    }
    number_equal_names(&mut policies);
    Ok((policies, left_out))
}

fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or(file.as_os_str());
    stem.to_string_lossy().into_owned()
}

/// The second policy of a name becomes `name (2)`.
fn number_equal_names(policies: &mut [NamedPolicy]) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for one in policies {
        let times = seen.entry(one.name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            one.name = format!("{} ({times})", one.name);
        }
    }
}

fn chosen_check(arguments: &Arguments) -> Result<Check, Failure> {
    match (arguments.engine.engine(), arguments.check) {
        (Engine::Core, None) => Ok(Check::Sample(check::ACTING_EPISODES)),
        (Engine::Core, Some(check)) => Ok(check),
        (Engine::Wasm, None | Some(Check::None)) => Ok(Check::None),
        (Engine::Wasm, Some(_)) => Err(misuse(
            "--check: with --engine wasm every episode runs on the contracts already".into(),
        )),
    }
}

/// Says what is about to be done, on standard error.
fn announce(
    source: &Source,
    settings: &[Settings],
    policies: &[NamedPolicy],
    policies_left_out: &[(String, String)],
    impossible: &[Impossible],
) {
    let combinations = settings.len() * policies.len() - impossible.len();
    let total = source.episodes * combinations as u64;
    eprintln!(
        "{} episodes of {}, one every {}, x {} settings x {} policies{} = {} replays",
        count(source.episodes),
        time::length(source.schedule.horizon_seconds),
        time::length(source.schedule.every_seconds),
        settings.len(),
        policies.len(),
        match impossible.len() {
            0 => String::new(),
            some => format!(", less {some} combinations that cannot be entered,"),
        },
        count(total),
    );
    if source.left_out > 0 {
        eprintln!(
            "{} starts left out: bars are missing, more than 24 h in a row or at an end",
            count(source.left_out)
        );
    }
    if let [(name, rule), ..] = policies_left_out {
        eprintln!(
            "{} policies left out, the first: {name}: {rule}",
            policies_left_out.len()
        );
    }
    if let [first, ..] = impossible {
        let policy = &policies[first.policy].name;
        eprintln!(
            "cannot be entered, the first: policy {policy}: {}",
            first.error
        );
    }
}

fn run_again(
    study: &Study<'_>,
    cases: &[Case],
    records: &[Vec<ballast_risk::study::Record>],
    check: Check,
    seed: u64,
) -> Result<Checked, Failure> {
    let chosen = check::choose(records, check, seed);
    let length = (chosen.acting.len() + chosen.quiet.len()) as u64;
    let bar = Bar::new(Shown::Checks, length);
    let compared = check::compare(study, cases, records, &chosen, || bar.step())?;
    bar.finish();
    Ok(Checked {
        chosen,
        compared,
        seed,
    })
}

/// A failure if an episode that was run again disagrees.
fn disagreement(findings: &Findings) -> Result<(), Failure> {
    let Some(checked) = &findings.checked else {
        return Ok(());
    };
    let disagreeing = checked.compared.len() - checked.agreeing();
    match checked.furthest() {
        Some(worst) if disagreeing > 0 => Err(Failure::Failed(anyhow::anyhow!(
            "the engines disagree in {disagreeing} of {} episodes, most in {}: {}",
            checked.compared.len(),
            study_report::place(findings, worst.place),
            study_report::disagreement(worst),
        ))),
        _ => Ok(()),
    }
}
