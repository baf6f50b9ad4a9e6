//! What is read: bars, times, policies. Every mistake has its own words.

use ballast_core::policy::Policy;
use ballast_risk::{
    bars::{Bar, Bars, Range},
    path::PricePath,
    policy, time,
};
use std::{io::Write, path::Path};

const RESOLUTION_SECONDS: u32 = 300;

fn parse(text: &str) -> Result<Bars, String> {
    parse_within(text, Range::default())
}

fn parse_within(text: &str, range: Range) -> Result<Bars, String> {
    Bars::parse(text.as_bytes(), Path::new("p.csv"), range).map_err(|error| error.to_string())
}

#[test]
fn parse_succeeds_with_columns_in_any_order_and_any_form_of_time() {
    let text = "close,open,high,low,ts,note\n2,1,3,0.5,300,x\n 2.5 , 2,3,1,1970-01-01T00:10:00Z,\n";
    let bars = parse(text).unwrap();
    assert_eq!(bars.bar_seconds, 300);
    assert_eq!(
        bars.bars[0],
        Bar {
            ts: 300,
            open: 1.0,
            high: 3.0,
            low: 0.5,
            close: 2.0
        }
    );
    assert_eq!(
        bars.bars[1],
        Bar {
            ts: 600,
            open: 2.0,
            high: 3.0,
            low: 1.0,
            close: 2.5
        }
    );
    assert_eq!((bars.start(), bars.end(), bars.missing()), (300, 900, 0));
    let with_mark = parse("\u{feff}ts,open,high,low,close\r\n0,1,1,1,1\r\n").unwrap();
    assert_eq!(with_mark.bars.len(), 1);
}

#[test]
fn parse_fails_with_file_and_line_when_a_line_is_wrong() {
    let cases = [
        ("", "p.csv: no bars"),
        ("ts,open,high,low,close\n", "p.csv: no bars"),
        ("300,1,1,1,1\n", "p.csv, line 1: no column named \"ts\""),
        ("ts,open,high,low\n", "p.csv, line 1: no column named \"close\""),
        ("ts,open,high,low,close,open\n", "p.csv, line 1: two columns are named \"open\""),
        ("ts,open,high,low,close\n0,1,1,1\n", "line 2: no value for close"),
        ("ts,open,high,low,close\n0,1,1,,1\n", "line 2: no value for low"),
        ("ts,open,high,low,close\n0,1,x,1,1\n", "line 2: high: \"x\" is not a number"),
        ("ts,open,high,low,close\n0,1,1,1,nan\n", "line 2: close: nan is not a price"),
        ("ts,open,high,low,close\n0,1,1,-1,1\n", "line 2: low: -1 is not a price"),
        ("ts,open,high,low,close\n0,0,1,1,1\n", "line 2: open: 0 is not a price"),
        ("ts,open,high,low,close\n0,1,1e99,1,1\n", "line 2: high: 1e99 is not a price"),
        ("ts,open,high,low,close\n0,1,1,2,1\n", "line 2: low 2 is above high 1"),
        ("ts,open,high,low,close\n0,4,3,1,2\n", "line 2: open 4 is not between low 1 and high 3"),
        ("ts,open,high,low,close\n0,2,3,1,.5\n", "line 2: close 0.5 is not between"),
        ("ts,open,high,low,close\nyesterday,1,1,1,1\n", "line 2: ts: \"yesterday\" is not a time"),
        ("ts,open,high,low,close\n-5,1,1,1,1\n", "line 2: ts: \"-5\" is not a time"),
        ("ts,open,high,low,close\n1760128200000,1,1,1,1\n", "line 2: ts: \"1760128200000\" is not"),
        ("ts,open,high,low,close\n0,1,1,1,1\n\n0,1,1,1,1\n", "line 4: a second bar of 1970-01-01"),
        (
            "ts,open,high,low,close\n600,1,1,1,1\n300,1,1,1,1\n",
            "line 3: 1970-01-01T00:05:00Z is before the bar above it",
        ),
        (
            "ts,open,high,low,close\n0,1,1,1,1\n300,1,1,1,1\n600,1,1,1,1\n1000,1,1,1,1\n",
            "line 5: 400 s after the bar before it: bars are 300 s long",
        ),
        (
            "ts,open,high,low,close\n0,1,1,1,1\n300,1,1,1,1\n600,1,1,1,1\n90000,1,1,1,1\n90300,1,1,1,1\n",
            "line 5: 24.8 h of bars are missing before it",
        ),
    ];
    for (text, expected) in cases {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{text:?}: {error}");
        assert!(error.starts_with("p.csv"), "{error}");
    }
}

#[test]
fn parse_fails_when_the_bytes_are_not_text() {
    let bytes: &[u8] = b"ts,open,high,low,close\n0,1,1,1,\xff\n";
    let error = Bars::parse(bytes, Path::new("p.csv"), Range::default()).unwrap_err();
    assert_eq!(error.to_string(), "p.csv, line 2: not text (UTF-8)");
}

#[test]
fn read_succeeds_when_zipped_whatever_the_name_and_fails_when_only_the_name_says_so() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let text = "ts,open,high,low,close\n0,1,1,1,1\n";
    let zipped = directory.join("zipped.csv");
    let file = std::fs::File::create(&zipped).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();
    assert_eq!(Bars::read(&zipped, Range::default()).unwrap().bars.len(), 1);

    let plain = directory.join("plain.csv.gz");
    std::fs::write(&plain, text).unwrap();
    let error = Bars::read(&plain, Range::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("plain.csv.gz: not a gzip file"), "{error}");

    let cut = directory.join("cut.csv.gz");
    let bytes = std::fs::read(&zipped).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 9]).unwrap();
    let error = Bars::read(&cut, Range::default()).unwrap_err().to_string();
    assert!(error.contains("cut.csv.gz"), "{error}");

    let absent = Bars::read(Path::new("absent.csv"), Range::default())
        .unwrap_err()
        .to_string();
    assert!(absent.contains("absent.csv: No such file"), "{absent}");
}

#[test]
fn range_keeps_bars_from_its_start_and_before_its_end() {
    let text = "ts,open,high,low,close\n0,1,1,1,1\n300,1,1,1,1\n600,1,1,1,1\n";
    let bars = parse_within(
        text,
        Range {
            from: Some(300),
            to: Some(600),
        },
    )
    .unwrap();
    assert_eq!(bars.bars.len(), 1);
    assert_eq!(bars.start(), 300);
    let error = parse_within(
        text,
        Range {
            from: Some(900),
            to: None,
        },
    )
    .unwrap_err();
    assert_eq!(
        error,
        "p.csv: no bars from 1970-01-01T00:15:00Z (there are 3, from 1970-01-01T00:00:00Z to \
         1970-01-01T00:10:00Z)"
    );
    let built_in = Bars::built_in(Range {
        from: Some(1_760_131_200),
        to: None,
    })
    .unwrap();
    assert_eq!(built_in.bars.len(), 38);
}

#[test]
fn range_leaves_long_gaps_outside_of_it_alone() {
    let text = "ts,open,high,low,close\n0,1,1,1,1\n300,1,1,1,1\n900000,1,1,1,1\n900300,1,1,1,1\n";
    assert!(parse(text).is_err());
    let bars = parse_within(
        text,
        Range {
            from: Some(600),
            to: None,
        },
    )
    .unwrap();
    assert_eq!(bars.bars.len(), 2);
}

#[test]
fn times_are_read_in_every_form() {
    let cases = [
        ("1760130600", 1_760_130_600),
        ("2025-10-10T21:10:00Z", 1_760_130_600),
        ("2025-10-10T23:10:00+02:00", 1_760_130_600),
        ("2025-10-10 21:10", 1_760_130_600),
        ("2025-10-10 21:10:05", 1_760_130_605),
        ("2025-10-10", 1_760_054_400),
        (" 0 ", 0),
    ];
    for (text, seconds) in cases {
        assert_eq!(time::parse(text), Ok(seconds), "{text}");
    }
    let wrong = [
        "",
        "now",
        "2025-13-01",
        "2025-02-30",
        "2025-10-10 25:00",
        "2025-10-10T21:10:00",
        "1e9",
        "1969-12-31",
        "99999999999999999999",
        "1760130600000",
        "10.10.2025",
    ];
    for text in wrong {
        let error = time::parse(text).unwrap_err().to_string();
        assert!(error.contains("is not a time"), "{text}: {error}");
    }
}

#[test]
fn policy_is_the_default_where_the_file_says_nothing() {
    assert_eq!(policy::parse("", RESOLUTION_SECONDS), Ok(Policy::BALANCED));
    let text = "soft_e7 = 9_000_000\ntarget_e7 = 8_500_000\nuse_previous_round = false\n";
    let expected = Policy {
        soft_e7: 9_000_000,
        target_e7: 8_500_000,
        use_previous_round: false,
        ..Policy::BALANCED
    };
    assert_eq!(policy::parse(text, RESOLUTION_SECONDS), Ok(expected));
}

#[test]
fn policy_fails_and_names_the_field() {
    let cases = [
        ("sofft_e7 = 1", "sofft_e7"),
        ("soft_e7 = -1", "soft_e7"),
        ("soft_e7 = 0.93", "soft_e7"),
        ("use_previous_round = 1", "use_previous_round"),
        ("soft_e7 = 9300000\nsoft_e7 = 9300000", "soft_e7"),
        ("[policy]\nsoft_e7 = 9300000", "policy"),
        ("soft_e7 =", "soft_e7"),
        ("target_e7 = 900000", "target_e7 = 900000: must be at least"),
        (
            "soft_e7 = 9300000\ntarget_e7 = 9250000",
            "target_e7 = 9250000, soft_e7 = 9300000",
        ),
        (
            "soft_e7 = 9900000\nhard_e7 = 9900000",
            "soft_e7 = 9900000, hard_e7 = 9900000",
        ),
        ("hard_e7 = 10000001", "hard_e7 = 10000001"),
        ("rescue_target_e7 = 9950001", "rescue_target_e7 = 9950001"),
        (
            "target_e7 = 8800000\nrescue_target_e7 = 8800000",
            "rescue_target_e7 = 8800000, target_e7 = 8800000",
        ),
        ("step_min_e7 = 99999", "step_min_e7 = 99999"),
        ("step_max_e7 = 2000000", "step_max_e7 = 2000000"),
        ("discount_min_e7 = 0", "discount_min_e7 = 0"),
        ("discount_max_e7 = 1000001", "discount_max_e7 = 1000001"),
        ("sold_budget_e7 = 0", "sold_budget_e7 = 0"),
        ("window_ledgers = 0", "window_ledgers = 0"),
        ("max_cost_of_equity_e7 = 0", "max_cost_of_equity_e7 = 0"),
        ("max_price_age_seconds = 599", "max_price_age_seconds = 599"),
        ("max_price_deviation_e7 = 0", "max_price_deviation_e7 = 0"),
        ("dust_reserve_e7 = 1000001", "dust_reserve_e7 = 1000001"),
        ("rescue_window_ledgers = 201", "rescue_window_ledgers = 201"),
        ("volatility_z_e2 = 1001", "volatility_z_e2 = 1001"),
        (
            "target_e7 = 8800000\nvolatility_shift_max_e7 = 7800001",
            "volatility_shift_max_e7 = 7800001, target_e7 = 8800000",
        ),
    ];
    for (text, expected) in cases {
        let error = policy::parse(text, RESOLUTION_SECONDS)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn path_touches_every_corner_and_goes_to_the_low_first_when_the_bar_rises() {
    let text = "ts,open,high,low,close\n0,10,14,8,12\n300,12,13,9,10\n1200,20,20,20,20\n";
    let path = PricePath::new(&parse(text).unwrap());
    // Legs of 2, 6 and 2: the low after a fifth of the bar, the high after four fifths.
    assert_eq!([0, 60, 240].map(|at| path.price(at)), [10.0, 8.0, 14.0]);
    assert_eq!((path.price_before(300), path.price(300)), (12.0, 12.0));
    // Falling: 12 -> 13 -> 9 -> 10.
    assert_eq!([350, 550].map(|at| path.price(at)), [13.0, 9.0]);
    // The gap from 600 to 1200, in a straight line.
    assert_eq!(path.price(900), 15.0);
    assert_eq!((path.price_before(1200), path.price(1200)), (20.0, 20.0));
    assert_eq!(path.price_before(1500), 20.0);
    assert_eq!(path.lowest(0, 300), 8.0);
    assert_eq!(path.lowest(300, 600), 9.0);
    assert_eq!(path.lowest(600, 900), 10.0);
}

#[test]
fn path_jumps_from_a_close_to_the_next_open() {
    let text = "ts,open,high,low,close\n0,1,1,1,1\n300,2,2,2,2\n";
    let path = PricePath::new(&parse(text).unwrap());
    assert_eq!((path.price_before(300), path.price(300)), (1.0, 2.0));
    assert_eq!(path.lowest(300, 600), 2.0);
}
