use ballast_core::policy::Policy;
use ballast_risk::{
    policy,
    policy_grid::{self, PolicyGrid},
};

const RESOLUTION_SECONDS: u32 = 300;

fn parse(text: &str) -> Result<PolicyGrid, String> {
    policy_grid::parse("file", text, RESOLUTION_SECONDS).map_err(|error| error.to_string())
}

fn names(grid: &PolicyGrid) -> Vec<&str> {
    grid.policies.iter().map(|one| one.name.as_str()).collect()
}

#[test]
fn file_without_a_grid_is_one_policy_by_the_files_name() {
    let grid = parse("preset = \"early\"\nhard_e7 = 9_800_000").unwrap();
    let expected = Policy {
        hard_e7: 9_800_000,
        ..Policy::EARLY
    };
    assert_eq!(names(&grid), ["file"]);
    assert_eq!(grid.policies[0].policy, expected);
}

#[test]
fn grid_is_every_combination_in_the_order_of_the_file() {
    let grid = parse(
        "discount_max_e7 = 200_000\n[grid]\ntarget_e7 = [8_500_000, 8_800_000]\n\
         rescue_window_ledgers = [10, 20]\nuse_previous_round = [false]",
    )
    .unwrap();
    assert_eq!(
        names(&grid),
        [
            "target 85%, rescue_window_ledgers 10, use_previous_round false",
            "target 85%, rescue_window_ledgers 20, use_previous_round false",
            "target 88%, rescue_window_ledgers 10, use_previous_round false",
            "target 88%, rescue_window_ledgers 20, use_previous_round false",
        ]
    );
    let expected = Policy {
        discount_max_e7: 200_000,
        target_e7: 8_500_000,
        rescue_window_ledgers: 20,
        use_previous_round: false,
        ..Policy::BALANCED
    };
    assert_eq!(grid.policies[1].policy, expected);
    assert!(grid.left_out.is_empty());
}

#[test]
fn grid_takes_presets() {
    let grid = parse("[grid]\npreset = [\"early\", \"balanced\", \"late\"]").unwrap();
    assert_eq!(names(&grid), ["early", "balanced", "late"]);
    let policies: Vec<_> = grid.policies.iter().map(|one| one.policy).collect();
    assert_eq!(policies, [Policy::EARLY, Policy::BALANCED, Policy::LATE]);
}

#[test]
fn combinations_that_break_a_rule_are_left_out_and_told() {
    let text = "[grid]\nsoft_e7 = [8_500_000, 9_300_000]\ntarget_e7 = [8_000_000, 9_000_000]";
    let grid = parse(text).unwrap();
    assert_eq!(
        names(&grid),
        [
            "soft 85%, target 80%",
            "soft 93%, target 80%",
            "soft 93%, target 90%"
        ]
    );
    let [(name, rule)] = grid.left_out.as_slice() else {
        panic!("{:?}", grid.left_out);
    };
    assert_eq!(name, "soft 85%, target 90%");
    assert!(rule
        .to_string()
        .contains("must be at least 100000 (1%) below soft"));
}

#[test]
fn grid_fails_with_words() {
    let many = (1..=30)
        .map(|value| value.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let too_many = format!(
        "[grid]\nwindow_ledgers = [{many}]\nrescue_window_ledgers = [{many}]\n\
         max_price_age_seconds = [{many}]"
    );
    for (text, words) in [
        ("grid = 3", "grid: it is a table of lists"),
        ("[grid]", "grid: it names no field"),
        (
            "[grid]\nsoft_e7 = 9300000",
            "grid.soft_e7: it is a list of values",
        ),
        (
            "[grid]\nsoft_e7 = []",
            "grid.soft_e7: it is a list of values",
        ),
        ("[grid]\nsofft_e7 = [1]", "unknown field `sofft_e7`"),
        ("[grid]\nsoft_e7 = [0.93]", "soft_e7"),
        ("[grid]\npreset = [\"bold\"]", "bold"),
        ("preset = \"bold\"", "bold"),
        (
            "soft_e7 = 9300000\n[grid]\nsoft_e7 = [9400000]",
            "soft_e7 stands above [grid] and in it",
        ),
        (
            "[grid]\nsoft_e7 = [9900001, 9900000]",
            "soft_e7 = 9900001, hard_e7 = 9900000",
        ),
        ("[grid", "line 1"),
        (&too_many, "more than 10000 combinations"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn written_policy_reads_as_the_same() {
    assert!(policy_grid::written(&Policy::BALANCED).is_empty());
    let odd = Policy {
        window_ledgers: 7,
        use_previous_round: false,
        ..Policy::LATE
    };
    let text = policy_grid::written(&odd).join("\n");
    assert!(text.contains("window_ledgers = 7"), "{text}");
    assert!(!text.contains("dust"), "{text}");
    assert_eq!(policy::parse(&text, RESOLUTION_SECONDS), Ok(odd));
}
