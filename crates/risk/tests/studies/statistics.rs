use ballast_risk::statistics::{mean, quantile, spells, standard_error};

fn series(values: &[f64]) -> Vec<(u32, f64)> {
    (0..).zip(values.iter().copied()).collect()
}

fn assert_near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn mean_and_quantiles_are_those_of_the_definition() {
    assert_eq!((mean(&[]), mean(&[1.0, 2.0, 6.0])), (0.0, 3.0));
    let sorted = [1.0, 2.0, 3.0, 10.0];
    for (share, expected) in [
        (0.0, 1.0),
        (1.0, 10.0),
        (0.5, 2.5),
        // Place 0.05 * 3 = 0.15: between the first and the second.
        (0.05, 1.15),
        // Place 2.7: between the third and the fourth.
        (0.9, 7.9),
    ] {
        assert_near(quantile(&sorted, share), expected);
    }
    assert_eq!((quantile(&[], 0.5), quantile(&[7.0], 0.01)), (0.0, 7.0));
}

#[test]
fn standard_error_is_that_of_independent_values_without_a_lag() {
    // Variance 2.5 (n - 1), of 5: the root of a half.
    let error = standard_error(&series(&[1.0, 2.0, 3.0, 4.0, 5.0]), 0);
    assert_near(error.unwrap(), 0.5f64.sqrt());
}

#[test]
fn standard_error_grows_when_neighbours_are_alike() {
    // Deviations -2 -1 0 1 2; covariances 2, 0.8, -0.2; n - 1 = 4.
    let values = series(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    // 2 + 2 * 1/2 * 0.8 = 2.8.
    assert_near(standard_error(&values, 1).unwrap(), (2.8f64 / 4.0).sqrt());
    // 2 + 2 * (2/3 * 0.8 + 1/3 * -0.2) = 2.9333.
    let expected = (2.0f64 + 2.0 * (2.0 / 3.0 * 0.8 - 1.0 / 3.0 * 0.2)) / 4.0;
    assert_near(standard_error(&values, 2).unwrap(), expected.sqrt());
}

#[test]
fn standard_error_is_never_of_a_negative_variance() {
    let alternating = series(&[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]);
    for lag in 0..10 {
        let error = standard_error(&alternating, lag).unwrap();
        assert!(error >= 0.0, "{lag}: {error}");
    }
    // Covariances 1 and -5/6: 1 - 5/6 = 1/6, over 5.
    assert_near(
        standard_error(&alternating, 1).unwrap(),
        (1.0f64 / 30.0).sqrt(),
    );
}

#[test]
fn standard_error_does_not_make_neighbours_of_what_a_gap_divides() {
    let near = [(0, 1.0), (1, 1.0), (2, -1.0), (3, -1.0)];
    let far = [(0, 1.0), (10, 1.0), (20, -1.0), (30, -1.0)];
    // Near: covariances 1, (1 - 1 + 1) / 4; far: no two are one place apart.
    assert_near(standard_error(&near, 1).unwrap(), (1.25f64 / 3.0).sqrt());
    assert_near(standard_error(&far, 1).unwrap(), (1.0f64 / 3.0).sqrt());
}

#[test]
fn standard_error_of_less_than_two_values_is_none() {
    assert_eq!(standard_error(&[], 1), None);
    assert_eq!(standard_error(&[(3, 1.0)], 1), None);
}

#[test]
fn spells_are_groups_of_places_closer_than_the_distance() {
    assert_eq!(spells(&[], 7), 0);
    assert_eq!(spells(&[4], 7), 1);
    assert_eq!(spells(&[0, 6, 12, 19, 20], 7), 2);
    assert_eq!(spells(&[3, 3, 4], 1), 2);
}
