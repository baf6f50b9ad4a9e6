use ballast_risk::{
    settings::Settings,
    study::{Case, Record, Twin},
    summary::{Conditional, Figures, Observation, Summary},
};

/// A record at a step: equities at the end of vault, bare and untouched, USD.
fn record(step: u32, vault: f64, bare: f64, untouched: f64) -> Record {
    let twin = |equity_end_usd| Twin {
        equity_start_usd: 500.0,
        equity_end_usd,
        ..Twin::default()
    };
    Record {
        step,
        from: u64::from(step) * 86_400,
        to: u64::from(step) * 86_400 + 604_800,
        vault: twin(vault),
        bare: twin(bare),
        untouched_end_usd: untouched,
        ..Record::default()
    }
}

/// Four episodes on 1,000 USD of collateral, so that a dollar is ten basis points.
fn four() -> [Record; 4] {
    let quiet = record(0, 500.0, 500.0, 500.0);
    let mut regretted = record(1, 490.0, 500.0, 500.0);
    regretted.vault.steps = 3;
    regretted.vault.sold_usd = 200.0;
    regretted.vault.cost_usd = 4.0;
    let mut rescued = record(2, 450.0, 400.0, 470.0);
    rescued.vault.steps = 1;
    rescued.vault.rescues = 1;
    rescued.vault.opened = 1;
    rescued.vault.sold_usd = 300.0;
    rescued.vault.cost_usd = 6.0;
    rescued.bare.opened = 1;
    rescued.bare.filled = 1;
    rescued.bare.sold_usd = 600.0;
    rescued.bare.cost_usd = 60.0;
    let mut cancelled = record(3, 500.0, 500.0, 500.0);
    cancelled.bare.opened = 1;
    [quiet, regretted, rescued, cancelled]
}

fn figures(records: &[Record], overlap: u32) -> Figures {
    let observations: Vec<_> = records
        .iter()
        .map(|record| Observation {
            setting: 4,
            collateral_usd: 1_000.0,
            record,
        })
        .collect();
    Figures::of(&observations, overlap)
}

fn assert_near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn figures_are_those_worked_out_by_hand() {
    let figures = figures(&four(), 1);
    assert_eq!(figures.episodes, 4);
    assert_eq!(figures.acting_share, 0.75);
    assert_eq!(figures.bare_filled_spells, 1);
    assert_eq!(
        (figures.vault.auctioned_share, figures.vault.filled_share),
        (0.25, 0.0)
    );
    assert_eq!(
        (figures.bare.auctioned_share, figures.bare.filled_share),
        (0.5, 0.25)
    );
    assert_eq!((figures.steps_mean, figures.rescues_mean), (1.0, 0.25));
    assert_eq!(
        (figures.vault.sold_mean_usd, figures.bare.sold_mean_usd),
        (125.0, 150.0)
    );
    // 10 of 500 dollars; 10 dollars over four times 1,000.
    assert_near(figures.vault.cost_of_sold_bps.unwrap(), 200.0);
    assert_near(figures.vault.cost_of_collateral_bps, 25.0);
    assert_near(figures.bare.cost_of_sold_bps.unwrap(), 1_000.0);
    assert_near(figures.bare.cost_of_collateral_bps, 150.0);
    // Only the 200 dollars of the episode in which the bare twin was not filled.
    assert_near(figures.regret_mean_usd, 50.0);
    assert_near(figures.regret_mean_bps, 500.0);
}

#[test]
fn differences_are_those_worked_out_by_hand() {
    let figures = figures(&four(), 1);
    // 0, -100, 500, 0.
    let over_bare = figures.vault_minus_bare;
    assert_near(over_bare.mean_bps, 100.0);
    assert_near(over_bare.median_bps, 0.0);
    // Place 0.15 between -100 and 0; place 0.03.
    assert_near(over_bare.quantile_5_bps, -85.0);
    assert_near(over_bare.quantile_1_bps, -97.0);
    assert_eq!((over_bare.worst.setting, over_bare.worst.from), (4, 86_400));
    assert_near(over_bare.worst.bps, -100.0);
    assert_eq!(over_bare.best.to, 2 * 86_400 + 604_800);
    assert_near(over_bare.best.bps, 500.0);
    // Deviations -100, -200, 400, -100: covariances 55,000 and (20,000 - 80,000 - 40,000) / 4, the
    // second by half and twice; n - 1 = 3.
    let expected = ((55_000.0f64 - 25_000.0) / 3.0).sqrt();
    assert_near(over_bare.standard_error_bps.unwrap(), expected);
    // 0, -100, -200, 0.
    assert_near(figures.vault_minus_untouched.mean_bps, -75.0);
    assert_near(figures.vault_minus_untouched.worst.bps, -200.0);
}

#[test]
fn conditional_figures_part_the_episodes_by_the_fate_of_the_bare_twin() {
    let figures = figures(&four(), 1);
    let expected = Conditional {
        episodes: 1,
        vault_minus_bare_mean_bps: Some(500.0),
        vault_minus_bare_median_bps: Some(500.0),
        vault_minus_bare_worst_bps: Some(500.0),
        vault_minus_bare_best_bps: Some(500.0),
        vault_minus_untouched_mean_bps: Some(-200.0),
    };
    assert_eq!(figures.where_bare_filled, expected);
    let not_filled = figures.where_bare_not_filled;
    assert_eq!(not_filled.episodes, 3);
    assert_near(not_filled.vault_minus_bare_mean_bps.unwrap(), -100.0 / 3.0);
    assert_eq!(not_filled.vault_minus_bare_median_bps, Some(0.0));
    assert_eq!(not_filled.vault_minus_bare_worst_bps, Some(-100.0));
}

#[test]
fn figures_of_nothing_have_no_mean_where_there_is_none() {
    let figures = figures(&[record(0, 500.0, 500.0, 500.0)], 1);
    assert_eq!(figures.where_bare_filled, Conditional::default());
    assert_eq!(figures.vault.cost_of_sold_bps, None);
    assert_eq!(figures.vault_minus_bare.standard_error_bps, None);
}

fn case(setting: usize, policy: usize) -> Case {
    Case {
        setting,
        policy,
        settings: Settings {
            collateral_usd: 1_000.0,
            ..Settings::default()
        },
    }
}

#[test]
fn settings_of_the_same_days_do_not_make_the_standard_error_smaller() {
    let records = four().to_vec();
    let one = Summary::of(&[case(0, 0)], std::slice::from_ref(&records), 2);
    let two = Summary::of(&[case(0, 0), case(1, 0)], &[records.clone(), records], 2);
    let error = |summary: &Summary| {
        summary.policies[0]
            .figures
            .vault_minus_bare
            .standard_error_bps
    };
    assert_eq!(error(&one), error(&two));
    assert_eq!(
        (two.policies[0].settings, two.policies[0].figures.episodes),
        (2, 8)
    );
    assert_eq!(two.policies[0].figures.bare_filled_spells, 1);
}

#[test]
fn best_policy_has_the_highest_mean_of_those_in_all_settings() {
    let with = |vault: f64| {
        vec![
            record(0, vault, 400.0, 500.0),
            record(1, 500.0, 500.0, 500.0),
        ]
    };
    let cases = [case(0, 0), case(0, 1), case(0, 2), case(1, 0), case(1, 1)];
    let records = [
        with(410.0),
        with(420.0),
        with(490.0),
        with(410.0),
        with(430.0),
    ];
    let summary = Summary::of(&cases, &records, 1);
    let best: Vec<_> = summary.policies.iter().map(|one| one.best).collect();
    // The third would be ahead, but cannot be entered in the second setting.
    assert_eq!(best, [false, true, false]);
    let alone = Summary::of(&cases[..1], &records[..1], 1);
    assert!(!alone.policies[0].best);
}
