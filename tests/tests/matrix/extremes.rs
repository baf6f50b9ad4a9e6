//! Extreme prices and amounts: where the pool copes, so does the vault; where it does not, the vault
//! says so by an error of its own.

use super::field::{Asset, Field, Setup, Way, USD_E6};
use crate::attack::{try_view, Dice};
use ballast_chain::CallError;
use ballast_core::fixed::{mul_div_floor, ONE_E7};
use ballast_core::policy::LANDING_TOLERANCE_E7;
use ballast_interfaces::error::VaultError;
use std::collections::BTreeMap;

const DECIMALS: [u32; 3] = [6, 7, 18];
/// Cases for each pair of decimals.
const CASES: u32 = 60;
/// Risk ratios before and after the price falls, 7 decimals.
const CALM_E7: i128 = 7_300_000;
const SOFT_E7: i128 = 9_450_000;
/// Largest price, oracle's decimals, and largest amount, smallest unit.
const MOST_PRICE: i128 = 10_i128.pow(30);
const MOST_AMOUNT: i128 = 10_i128.pow(37);
/// Largest debt: what is lent, four times as much, still fits.
const MOST_DEBT: i128 = 10_i128.pow(37);

/// How the cases of a pair of decimals ended.
#[derive(Default, Debug)]
struct Ends {
    /// Pool and vault refuse alike before there is a position.
    no_position: u32,
    /// So few units that the price cannot fall to the thresholds, or there is nothing to borrow.
    too_coarse: u32,
    /// A step was quoted and executed.
    steps: u32,
    /// The lens's error, by its code.
    refused: BTreeMap<u32, u32>,
    /// Largest base value of a position with a step, oracle's decimals.
    largest_value: i128,
    /// Smallest one.
    smallest_value: i128,
}

fn code(error: &CallError) -> u32 {
    error
        .code()
        .unwrap_or_else(|| panic!("{error}: no error of a contract"))
}

struct Lab {
    field: Field,
}

impl Lab {
    fn new(collateral: u32, debt: u32, oracle: u32) -> Self {
        let assets = vec![
            Asset::collateral(collateral, USD_E6),
            Asset::debt(debt, USD_E6),
        ];
        let setup = Setup {
            lent_usd: 0,
            classic: false,
            ..Setup::new(assets, oracle, &[])
        };
        Self {
            field: Field::new(&setup, |_| {}),
        }
    }

    fn set_prices(&self, prices: [i128; 2]) {
        for _ in 0..2 {
            self.field.chain().advance_ledgers(60);
            self.field.system.market.oracle.set_prices(&prices);
        }
    }

    /// A position of this much collateral at a risk ratio of 73%, of the vault and of an account
    /// beside it. False where there is nothing to borrow, an error where the pool takes it from
    /// neither.
    fn open(&self, amount: i128) -> Result<bool, u32> {
        let field = &self.field;
        let pool = &field.system.market.pool;
        let (chain, owner) = (field.chain(), field.vault.owner.clone());
        let (lender, bare) = (chain.account("matrix lender"), chain.account("bare"));
        let (held, owed) = (field.address(0).clone(), field.address(1).clone());
        field.fund(&bare, 0, amount);
        field.fund(&bare, 1, 0);
        let of_bare = pool.deposit(&bare, &held, amount);
        let of_vault = field.deposit(0, amount);
        assert_eq!(
            of_bare.is_ok(),
            of_vault.is_ok(),
            "{of_bare:?}, {of_vault:?}"
        );
        if let Err(error) = of_vault {
            return Err(code(&error));
        }
        let Ok(view) = try_view(&field.system, &field.vault.address) else {
            // Too much to be valued: for the pool too.
            field.fund(&lender, 1, 100);
            pool.supply(&lender, &owed, 100).unwrap();
            assert!(pool.borrow(&bare, &owed, 1).is_err(), "the pool copes");
            let of_vault = field.vault.borrow(&owed, 1, owner.address());
            return Err(code(&of_vault.unwrap_err()));
        };
        let leg = pool.reserve(&owed);
        let price = field
            .system
            .market
            .oracle
            .last_price(&owed)
            .unwrap()
            .unwrap()
            .price;
        let value = mul_div_floor(view.totals.collateral_base, CALM_E7, ONE_E7).unwrap();
        let value = mul_div_floor(value, leg.config.l_factor.into(), ONE_E7).unwrap();
        let borrowed = mul_div_floor(value, leg.scalar, price)
            .map_or(MOST_DEBT, |amount| amount.min(MOST_DEBT));
        if borrowed == 0 {
            return Ok(false);
        }
        let lent = borrowed * 4;
        field.fund(&lender, 1, lent);
        if let Err(error) = pool.supply(&lender, &owed, lent) {
            return Err(error.code().unwrap_or(0));
        }
        let of_bare = pool.borrow(&bare, &owed, borrowed);
        let of_vault = field.vault.borrow(&owed, borrowed, owner.address());
        match (of_bare, of_vault) {
            (Ok(_), Ok(())) => Ok(true),
            (Err(_), Err(error)) => Err(code(&error)),
            // The unit that is owed more than was borrowed is a good part of so little.
            (Ok(_), Err(error))
                if borrowed < 100 && code(&error) == VaultError::WouldTriggerNow as u32 =>
            {
                Ok(false)
            }
            (of_bare, of_vault) => panic!("{of_bare:?}, {of_vault:?}"),
        }
    }

    fn case(&self, dice: &mut Dice, ends: &mut Ends) {
        let field = &self.field;
        let prices = [(); 2].map(|()| dice.magnitude(1, MOST_PRICE));
        let amount = dice.magnitude(1, MOST_AMOUNT);
        self.set_prices(prices);
        match self.open(amount) {
            Ok(true) => {}
            Ok(false) => {
                ends.too_coarse += 1;
                return;
            }
            Err(_) => {
                ends.no_position += 1;
                return;
            }
        }
        let risk_e7 = field.view().totals.risk_ratio_e7_ceil();
        let fallen = mul_div_floor(prices[0], risk_e7, SOFT_E7).unwrap();
        if fallen == 0 {
            ends.too_coarse += 1;
            return;
        }
        self.set_prices([fallen, prices[1]]);
        let view = field.view();
        let risk_e7 = view.totals.risk_ratio_e7_ceil();
        assert_eq!(field.vault.health().unwrap().risk_ratio_e7, risk_e7);
        if !(9_300_000..ONE_E7).contains(&risk_e7) {
            ends.too_coarse += 1;
            return;
        }

        // Whatever numbers a keeper brings.
        let (held, owed) = (field.address(0), field.address(1));
        for (repay, out) in [(i128::MAX, 1), (1, i128::MAX), (i128::MAX, i128::MAX)] {
            let before = field.chain().state_hash();
            let refused = field.vault.fill(&field.keeper, held, owed, repay, out);
            code(&refused.unwrap_err());
            assert!(before == field.chain().state_hash(), "the state changed");
        }
        match field.quote(Way::Fill) {
            Ok(quoted) => {
                field.fund(&field.keeper, 1, quoted.step.min_proceeds);
                let done = field.execute(Way::Fill, &quoted);
                let report = done.unwrap_or_else(|error| {
                    panic!("{error}: {quoted:?}, {view:?}", view = view.position)
                });
                assert_eq!(report.risk_after_e7, quoted.risk_after_e7);
                assert!(report.risk_after_e7 < risk_e7);
                let owes = field.view().totals.liability_base > 0;
                assert!(!owes || report.risk_after_e7 >= 8_800_000 - LANDING_TOLERANCE_E7);
                ends.steps += 1;
                let value = view.totals.collateral_value;
                ends.largest_value = ends.largest_value.max(value);
                if ends.smallest_value == 0 || value < ends.smallest_value {
                    ends.smallest_value = value;
                }
            }
            Err(error) => {
                // The pool has valued the position: nothing of it is too large, but for a price times
                // the difference in decimals.
                let code = code(&error);
                let [held, owed] = [0, 1].map(|index| field.assets[index].decimals);
                let scale = |decimals: u32| 10i128.pow(decimals - held.min(owed));
                let ratio_fits = fallen.checked_mul(scale(owed)).is_some()
                    && prices[1].checked_mul(scale(held)).is_some();
                assert!(
                    !ratio_fits || code != VaultError::Overflow as u32,
                    "{:?}",
                    view.position
                );
                *ends.refused.entry(code).or_default() += 1;
            }
        }
        field.assert_conserved();
    }
}

fn run(oracle: u32) {
    let mut steps = 0;
    for collateral in DECIMALS {
        for debt in DECIMALS {
            let lab = Lab::new(collateral, debt, oracle);
            let mut dice = Dice(u64::from(collateral * 100 + debt * 1_000 + oracle));
            let mut ends = Ends::default();
            for _ in 0..CASES {
                lab.field.apart(|_| lab.case(&mut dice, &mut ends));
            }
            println!("{collateral} / {debt} decimals, oracle {oracle}: {ends:?}");
            steps += ends.steps;
        }
    }
    assert!(
        steps > 9 * CASES / 10,
        "{steps} of {} cases had a step",
        9 * CASES
    );
}

#[test]
fn extreme_prices_and_amounts_under_an_oracle_of_seven() {
    run(7);
}

#[test]
fn extreme_prices_and_amounts_under_an_oracle_of_fourteen() {
    run(14);
}
