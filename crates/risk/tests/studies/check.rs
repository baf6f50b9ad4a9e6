use ballast_risk::{
    check::{choose, Check, Chosen, Compared, Place, QUIET_EPISODES},
    study::{Record, Twin},
};

/// Two cases of a hundred episodes, of which every fourth has an auction of the bare twin.
fn records() -> Vec<Vec<Record>> {
    let one = |step: u32| Record {
        step,
        bare: Twin {
            opened: u32::from(step.is_multiple_of(4)),
            ..Twin::default()
        },
        ..Record::default()
    };
    vec![(0..100).map(one).collect(), (0..100).map(one).collect()]
}

fn acts(place: &Place) -> bool {
    place.episode.is_multiple_of(4)
}

#[test]
fn choice_holds_as_many_acting_and_quiet_episodes_as_asked_for() {
    let records = records();
    let chosen = choose(&records, Check::Sample(7), 1);
    assert_eq!(
        (chosen.acting.len(), chosen.quiet.len()),
        (7, QUIET_EPISODES)
    );
    assert!(chosen.acting.iter().all(acts));
    assert!(!chosen.quiet.iter().any(acts));
    for places in [&chosen.acting, &chosen.quiet] {
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
        assert!(places.iter().any(|place| place.case == 1), "{places:?}");
    }
    assert_eq!(choose(&records, Check::Sample(1_000), 1).acting.len(), 50);
    let all = choose(&records, Check::All, 1);
    assert_eq!((all.acting.len(), all.quiet.len()), (50, QUIET_EPISODES));
    assert_eq!(choose(&records, Check::None, 1), Chosen::default());
}

#[test]
fn choice_depends_on_the_seed_alone() {
    let records = records();
    let choice = |seed| choose(&records, Check::Sample(7), seed);
    assert_eq!(choice(1), choice(1));
    assert_ne!(choice(1), choice(2));
}

#[test]
fn engines_disagree_when_an_equity_or_a_count_differs() {
    let place = Place {
        case: 0,
        episode: 0,
    };
    let twin = Twin {
        equity_end_usd: 5_000.0,
        ..Twin::default()
    };
    let same = Record {
        vault: twin,
        bare: twin,
        untouched_end_usd: 5_000.0,
        ..Record::default()
    };
    let compared = |wasm| Compared::new(place, 10_000.0, same, wasm);
    let with = |change: fn(&mut Record)| {
        let mut other = same;
        change(&mut other);
        compared(other)
    };
    assert!(compared(same).agrees());
    // A dollar of ten thousand is a basis point.
    assert!(with(|other| other.bare.equity_end_usd += 1.0).agrees());
    for change in [
        (|other| other.vault.equity_end_usd -= 1.01) as fn(&mut Record),
        |other| other.bare.equity_end_usd += 1.01,
        |other| other.untouched_end_usd += 1.01,
        |other| other.vault.equity_end_usd = f64::NAN,
        |other| other.vault.steps += 1,
        |other| other.vault.rescues += 1,
        |other| other.bare.opened += 1,
        |other| other.bare.filled += 1,
    ] {
        assert!(!with(change).agrees());
    }
    let apart = with(|other| other.bare.equity_end_usd += 3.0).difference_bps;
    assert!((apart - 3.0).abs() < 1e-9, "{apart}");
    assert_eq!(with(|other| other.vault.steps += 1).difference_bps, 0.0);
}
