//! The chart: what it draws, and where it draws nothing.

use ballast_keeper::tell::{in_page_colours, Chart, Colour, Line, Mark, Width};

fn line(name: &str, colour: Colour, points: Vec<(u64, f64)>) -> Line {
    Line {
        name: name.to_owned(),
        colour,
        points,
    }
}

fn polylines(svg: &str) -> usize {
    svg.matches("<polyline").count()
}

#[test]
fn svg_is_none_without_points() {
    assert_eq!(Chart::default().svg(Width::Wide), Ok(None));
    let chart = Chart {
        risks: vec![line("riskiest vault", Colour::Vault, vec![])],
        ..Chart::default()
    };
    assert_eq!(chart.svg(Width::Narrow), Ok(None));
}

#[test]
fn svg_succeeds_with_one_point_with_equal_ones_and_with_unbounded_ones() {
    for points in [
        vec![(1_000, 0.5)],
        vec![(1_000, 0.5), (2_000, 0.5)],
        vec![(1_000, 0.0), (2_000, f64::INFINITY)],
    ] {
        let chart = Chart {
            title: "A <title> & more".into(),
            prices: vec![line("XLM", Colour::Ink, points.clone())],
            risks: vec![line("riskiest vault", Colour::Vault, points)],
            marks: vec![(Mark::Step, 1_000, 0.5)],
        };
        for width in [Width::Wide, Width::Narrow] {
            let svg = chart.svg(width).unwrap().unwrap();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert!(!svg.contains("<title>"), "{svg}");
        }
    }
}

#[test]
fn svg_breaks_a_line_where_the_keeper_did_not_run() {
    let points = |gap: u64| {
        let some = |from: u64| (from..from + 50).map(|index| (index * 60, 0.5));
        some(0).chain(some(50 + gap / 60)).collect::<Vec<_>>()
    };
    let chart = |gap| Chart {
        risks: vec![line("riskiest vault", Colour::Vault, points(gap))],
        ..Chart::default()
    };
    let whole = polylines(&chart(3_600).svg(Width::Wide).unwrap().unwrap());
    let broken = polylines(&chart(4 * 3_600).svg(Width::Wide).unwrap().unwrap());
    assert_eq!(broken, whole + 1);
}

#[test]
fn svg_ends_a_line_where_its_value_is_no_number() {
    let chart = |points: Vec<(u64, f64)>| Chart {
        risks: vec![
            line("one", Colour::Vault, points),
            line("other", Colour::Neither, vec![(0, 0.4), (600, 0.4)]),
        ],
        ..Chart::default()
    };
    let svg = |points| chart(points).svg(Width::Wide).unwrap().unwrap();
    let whole = svg(vec![(0, 0.5), (300, 0.5), (600, 0.5)]);
    let ended = svg(vec![(0, 0.5), (300, f64::NAN)]);
    let parted = svg(vec![(0, 0.5), (300, f64::NAN), (400, 0.5)]);
    assert!(!ended.contains("NaN") && !parted.contains("NaN"));
    assert_ne!(whole, ended);
    assert_eq!(polylines(&ended), polylines(&whole));
    assert_eq!(polylines(&parted), polylines(&whole) + 1);
    // Nothing but an end is nothing.
    svg(vec![(0, f64::NAN), (60, f64::NAN)]);
}

#[test]
fn svg_of_a_year_is_no_larger_than_can_be_seen() {
    let points: Vec<_> = (0..200_000_u64)
        .map(|index| (index * 60, 0.5 + f64::from((index % 97) as u32) / 1e3))
        .collect();
    let chart = Chart {
        risks: vec![line("riskiest vault", Colour::Vault, points)],
        ..Chart::default()
    };
    let svg = chart.svg(Width::Wide).unwrap().unwrap();
    assert!(svg.len() < 100_000, "{}", svg.len());
}

#[test]
fn in_page_colours_leaves_no_fixed_colour() {
    let chart = Chart {
        risks: vec![
            line("riskiest vault", Colour::Vault, vec![(0, 0.5), (60, 0.7)]),
            line("median vault", Colour::Neither, vec![(0, 0.4), (60, 0.3)]),
        ],
        marks: vec![
            (Mark::Rescue, 30, 0.6),
            (Mark::Filled, 40, 1.1),
            (Mark::Auction, 35, 1.0),
        ],
        ..Chart::default()
    };
    let svg = in_page_colours(&chart.svg(Width::Wide).unwrap().unwrap());
    assert!(!svg.contains("\"#"), "{svg}");
    for words in [
        "riskiest vault",
        "median vault",
        "rescue from the auction",
        "the pool liquidates",
    ] {
        assert!(svg.contains(words), "{words}");
    }
}
