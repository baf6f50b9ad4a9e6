use ballast_risk::{
    bars::{Bar, Bars},
    episodes::{Planned, Schedule, ScheduleError, Span},
    time,
};

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// Hourly bars that open at these hours.
fn bars(hours: impl IntoIterator<Item = u64>) -> Bars {
    Bars {
        source: "test".into(),
        bar_seconds: HOUR,
        bars: hours
            .into_iter()
            .map(|hour| Bar {
                ts: hour * HOUR,
                open: 1.0,
                high: 1.0,
                low: 1.0,
                close: 1.0,
            })
            .collect(),
    }
}

fn schedule(every_seconds: u64, horizon_seconds: u64) -> Schedule {
    Schedule {
        every_seconds,
        horizon_seconds,
    }
}

#[test]
fn episodes_start_every_so_often_and_end_within_the_bars() {
    let episodes = schedule(DAY, 3 * DAY)
        .episodes(&bars(0..120), None, None)
        .unwrap();
    let expected: Vec<_> = (0..3u64)
        .map(|day| Planned {
            step: day as u32,
            span: Span {
                from: day * DAY,
                to: (day + 3) * DAY,
            },
        })
        .collect();
    assert_eq!((episodes.planned, episodes.left_out), (expected, 0));
}

#[test]
fn episodes_keep_to_the_range_asked_for() {
    let within = |from, to| {
        schedule(DAY, 2 * DAY)
            .episodes(&bars(24..240), from, to)
            .map(|episodes| {
                let starts: Vec<_> = episodes
                    .planned
                    .iter()
                    .map(|one| one.span.from / DAY)
                    .collect();
                (starts, episodes.left_out)
            })
    };
    assert_eq!(within(None, Some(4 * DAY)), Ok((vec![1, 2], 0)));
    // Before the first bar there is nothing: one start is left out.
    assert_eq!(within(Some(0), Some(4 * DAY)), Ok((vec![1, 2], 1)));
    // The bars end with day ten.
    assert_eq!(within(Some(7 * DAY), Some(12 * DAY)), Ok((vec![7, 8], 2)));
}

#[test]
fn episodes_across_a_gap_of_more_than_a_day_are_left_out() {
    // Hours 72 to 96 are missing: 25 of them.
    let long = bars((0..72).chain(97..240));
    let episodes = schedule(DAY, 2 * DAY).episodes(&long, None, None).unwrap();
    let steps: Vec<_> = episodes.planned.iter().map(|one| one.step).collect();
    // Days 0..2 and 1..3 end with the gap; day 4 starts in it, one hour before its end.
    assert_eq!((steps, episodes.left_out), (vec![0, 1, 5, 6, 7, 8], 3));
    let bridged = bars((0..72).chain(96..240));
    let episodes = schedule(DAY, 2 * DAY)
        .episodes(&bridged, None, None)
        .unwrap();
    assert_eq!((episodes.planned.len(), episodes.left_out), (9, 0));
}

#[test]
fn episodes_fail_when_there_is_none() {
    let hours = bars(0..100);
    let fails = |every, horizon| {
        schedule(every, horizon)
            .episodes(&hours, None, None)
            .unwrap_err()
    };
    assert_eq!(
        fails(DAY + 1, DAY),
        ScheduleError::NotWholeBars {
            name: "--every",
            seconds: DAY + 1,
            bar_seconds: HOUR
        }
    );
    assert_eq!(
        fails(DAY, HOUR / 2).to_string(),
        "--horizon: 1800 s is not a whole number of bars, which are 3600 s long"
    );
    assert_eq!(
        fails(DAY, 5 * DAY).to_string(),
        "no episode of 5d fits: 100 h lie between start and end, and 0 starts were left out because \
         bars are missing"
    );
}

#[test]
fn overlap_is_the_number_of_episodes_that_share_a_moment() {
    for (every, horizon, overlap) in [
        (DAY, 7 * DAY, 7),
        (2 * DAY, 7 * DAY, 4),
        (7 * DAY, 7 * DAY, 1),
        (30 * DAY, 7 * DAY, 1),
    ] {
        assert_eq!(schedule(every, horizon).overlap(), overlap);
    }
}

#[test]
fn lengths_are_hours_days_or_weeks() {
    for (text, seconds) in [
        ("12h", 12 * HOUR),
        ("1d", DAY),
        ("7d", 7 * DAY),
        ("2w", 14 * DAY),
    ] {
        assert_eq!(time::parse_length(text), Ok(seconds));
    }
    for (text, why) in [
        ("", "write a length"),
        ("7", "write a length"),
        ("d", "write a length"),
        ("1.5d", "write a length"),
        ("-1d", "write a length"),
        ("7m", "write a length"),
        ("7ä", "write a length"),
        ("0d", "longer than nothing"),
        ("99999999999999999999h", "hundred years"),
        ("50000d", "hundred years"),
    ] {
        let error = time::parse_length(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    for (seconds, text) in [(7 * DAY, "7d"), (36 * HOUR, "36h"), (300, "300 s")] {
        assert_eq!(time::length(seconds), text);
    }
}
