//! Borrowers like the real ones: drawn from a real pool's, scaled to a pool that a test can hold.

use fastrand::Rng;
use std::path::PathBuf;

/// Real borrowers of one Blend pool on 2026-02-28: collateral and debt in XLM, USDC, EURC.
const FILE: &str = "blend/borrowers_2026-02-28.csv";
/// What XLM, USDC and EURC were worth then.
const PRICES_THEN: [f64; 3] = [0.158, 1.0, 1.18];
/// What a pool of tens of millions is scaled down by: its largest borrower owes 28 million.
const SCALE: f64 = 100.0;
/// Collateral and liability factors of the test's pool.
const FACTORS: [f64; 3] = [0.75, 0.95, 0.95];
/// A drawn borrower owes at least this much: less is dust even to a sponsor's network fee.
const LEAST_DEBT_USD: f64 = 5.0;
/// Nobody starts beyond this: a vault's own thresholds must be above it.
const HIGHEST_RISK: f64 = 0.90;

/// A borrower, in tokens at the test's first prices.
#[derive(Clone, Debug)]
pub struct Borrower {
    /// The real one's hashed name.
    pub name: String,
    /// XLM, USDC, EURC.
    pub collateral: [f64; 3],
    /// XLM, USDC, EURC.
    pub debt: [f64; 3],
}

/// So many borrowers, or why there are none.
///
/// Each is a real one at random, its value times 0.5 to 2, its debt besides times 0.8 to 1.6, so that no two
/// are alike: mix of assets, sizes over four orders of magnitude and distance to liquidation are the real ones'.
pub fn draw(count: usize, prices: [f64; 3]) -> Result<Vec<Borrower>, String> {
    let directory = std::env::var_os("BALLAST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let file = directory.join(FILE);
    let text = std::fs::read_to_string(&file).map_err(|error| {
        format!(
            "no {} ({error}); set BALLAST_DATA to the directory that has it",
            file.display()
        )
    })?;
    let real: Vec<Borrower> = text
        .lines()
        .skip(1)
        .map(|line| parse(line, prices))
        .collect();
    let mut rng = Rng::with_seed(20_251_010);
    let mut drawn = vec![];
    while drawn.len() < count {
        let mut borrower = rng.choice(&real).expect("the file has borrowers").clone();
        let size = 2f64.powf(rng.f64() * 2.0 - 1.0);
        let more_debt = 2f64.powf(rng.f64() * 1.0 - 0.32);
        for amount in &mut borrower.collateral {
            *amount *= size;
        }
        for amount in &mut borrower.debt {
            *amount *= size * more_debt;
        }
        let (base, owed) = bases(&borrower, prices);
        let within = (HIGHEST_RISK * base / owed).min(1.0);
        for amount in &mut borrower.debt {
            *amount *= within;
        }
        if value(borrower.debt, prices) >= LEAST_DEBT_USD {
            drawn.push(borrower);
        }
    }
    Ok(drawn)
}

/// What amounts are worth.
pub fn value(amounts: [f64; 3], prices: [f64; 3]) -> f64 {
    amounts
        .iter()
        .zip(prices)
        .map(|(amount, price)| amount * price)
        .sum()
}

fn bases(borrower: &Borrower, prices: [f64; 3]) -> (f64, f64) {
    let (mut base, mut owed) = (0.0, 0.0);
    for leg in 0..3 {
        base += borrower.collateral[leg] * prices[leg] * FACTORS[leg];
        owed += borrower.debt[leg] * prices[leg] / FACTORS[leg];
    }
    (base, owed)
}

/// Scaled by value: the prices of the test are not those of the file.
fn parse(line: &str, prices: [f64; 3]) -> Borrower {
    let mut fields = line.split(',');
    let name = fields.next().unwrap_or_default().to_owned();
    let mut amounts = || {
        [0, 1, 2].map(|leg: usize| {
            let field = fields.next().expect("six amounts");
            let amount: f64 = field.parse().expect("a number");
            // What is worth less than a cent is not worth a position.
            let scaled = amount * PRICES_THEN[leg] / SCALE;
            if scaled < 0.01 {
                0.0
            } else {
                scaled / prices[leg]
            }
        })
    };
    Borrower {
        name,
        collateral: amounts(),
        debt: amounts(),
    }
}
