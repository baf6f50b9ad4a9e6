//! Figures of many numbers, and what they are worth when the numbers depend on each other.

/// The mean; zero of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().sum::<f64>() / values.len() as f64
}

/// The value below which `share` (0 to 1) of the values lie, in a straight line between the two nearest
/// ones: Hyndman and Fan's definition 7 (The American Statistician 50, 1996), which is that of R and
/// NumPy. `sorted` ascends. Zero of nothing.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// Standard error of the mean of a series in which neighbours depend on each other, as episodes do that
/// share days. `series` has the place in the schedule and the value, in order, each place at most once.
///
/// Newey and West's estimator (Econometrica 55, 1987): the autocovariances up to `lag` places are added to
/// the variance with weights that fall in a straight line, `1 - k / (lag + 1)`, so that the sum is never
/// negative. Places without a value count as the mean (amplitude modulation: Parzen, Sankhya A 25, 1963;
/// Datta and Du, Federal Reserve IFDP 1060, 2012), so that a gap does not make distant episodes
/// neighbours. The result is multiplied by the root of `n / (n - 1)`, so that a `lag` of zero gives the
/// standard error of independent values.
///
/// It says nothing where a mean rests on a few crashes that the series happens to hold: no estimator
/// knows of those that it does not.
///
/// `None` of fewer than two values.
pub fn standard_error(series: &[(u32, f64)], lag: u32) -> Option<f64> {
    let (first, last) = (series.first()?.0, series.last()?.0);
    let count = series.len() as f64;
    if series.len() < 2 {
        return None;
    }
    let mean = series.iter().map(|(_, value)| value).sum::<f64>() / count;
    let mut deviations = vec![0.0; (last - first) as usize + 1];
    for (place, value) in series {
        deviations[(place - first) as usize] = value - mean;
    }
    let covariance = |distance: usize| -> f64 {
        let later = deviations.iter().skip(distance);
        let products = deviations.iter().zip(later).map(|(a, b)| a * b);
        products.sum::<f64>() / count
    };
    let most = (lag as usize).min(deviations.len() - 1);
    let neighbours: f64 = (1..=most)
        .map(|distance| (1.0 - distance as f64 / (f64::from(lag) + 1.0)) * covariance(distance))
        .sum();
    let long_run = (covariance(0) + 2.0 * neighbours).max(0.0);
    Some((long_run / (count - 1.0)).sqrt())
}

/// Number of groups of places that are closer than `distance` to the next.
pub fn spells(places: &[u32], distance: u32) -> u64 {
    let mut last: Option<u32> = None;
    let mut spells = 0;
    for place in places {
        if last.is_none_or(|last| place - last >= distance) {
            spells += 1;
        }
        last = Some(*place);
    }
    spells
}
