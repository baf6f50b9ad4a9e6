//! The budget of sales.

use ballast_core::window::Window;

use crate::scene::{Scene, BASE};

#[test]
fn at_succeeds_when_the_first_window_is_sized_from_the_risk_ratio() {
    let scene = Scene::at_risk(9_600_000);
    let totals = scene.totals();
    let window = Window::default().at(1_000, &scene.policy, &totals).unwrap();
    // Half way between soft and hard: 62.5% of a debt of 68,400.
    assert_eq!(window.start_ledger, 1_000);
    assert_eq!(window.budget_value, 42_750 * BASE);
    assert_eq!(window.left_value(), 42_750 * BASE);
}

#[test]
fn at_succeeds_when_a_running_window_keeps_its_budget() {
    let scene = Scene::at_risk(9_600_000);
    let first = Window::default()
        .at(1_000, &scene.policy, &scene.totals())
        .unwrap()
        .after_sale(40_000 * BASE);
    let calmer = Scene::at_risk(9_300_000).totals();
    assert_eq!(first.at(1_059, &scene.policy, &calmer), Ok(first));
    assert_eq!(first.left_value(), 2_750 * BASE);
    let next = first.at(1_060, &scene.policy, &calmer).unwrap();
    assert_eq!((next.start_ledger, next.sold_value), (1_060, 0));
    assert_eq!(next.budget_value, calmer.debt_value / 4);
}

#[test]
fn left_value_is_zero_when_a_sale_beyond_the_budget_was_allowed() {
    let window = Window {
        start_ledger: 1,
        budget_value: 10,
        sold_value: 4,
    };
    assert_eq!(window.after_sale(i128::MAX).left_value(), 0);
}

#[test]
fn at_succeeds_when_a_window_without_a_budget_is_followed_by_a_new_one() {
    let scene = Scene::at_risk(9_600_000);
    let empty = Window {
        start_ledger: 1_000,
        ..Window::default()
    };
    let window = empty.at(1_001, &scene.policy, &scene.totals()).unwrap();
    assert_eq!(window.start_ledger, 1_001);
    assert_eq!(window.left_value(), 42_750 * BASE);
}
