//! Any bytes as a price file: an error, or bars in order whose path stays between their lows and
//! highs.
#![no_main]

use ballast_risk::bars::{Bars, Range};
use ballast_risk::path::PricePath;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

#[derive(Arbitrary, Debug)]
struct File<'a> {
    from: Option<u32>,
    to: Option<u32>,
    text: &'a [u8],
}

fuzz_target!(|file: File<'_>| {
    let range = Range {
        from: file.from.map(u64::from),
        to: file.to.map(u64::from),
    };
    let Ok(bars) = Bars::parse(file.text, Path::new("prices.csv"), range) else {
        return;
    };
    assert!(!bars.bars.is_empty());
    for pair in bars.bars.windows(2) {
        let distance = pair[1].ts - pair[0].ts;
        assert!(distance > 0 && distance.is_multiple_of(bars.bar_seconds));
    }
    assert!(bars.missing() <= (bars.end() - bars.start()) / bars.bar_seconds);
    let lowest = bars.bars.iter().map(|bar| bar.low).fold(f64::MAX, f64::min);
    let highest = bars.bars.iter().map(|bar| bar.high).fold(0.0, f64::max);
    let path = PricePath::new(&bars);
    for bar in &bars.bars {
        assert!(bar.low > 0.0 && bar.low <= bar.open.min(bar.close));
        assert!(bar.high.is_finite() && bar.high >= bar.open.max(bar.close));
        let end = bar.ts + bars.bar_seconds;
        for price in [
            path.price(bar.ts),
            path.price(bar.ts + bars.bar_seconds / 2),
            path.price_before(end),
            path.lowest(bar.ts, end),
        ] {
            let around = lowest * 0.999_999..=highest * 1.000_001;
            assert!(around.contains(&price), "{price} is not in {around:?}");
        }
    }
});
