//! What venues are expected to pay. Weighted pools; floating point, since all of it is an estimate: the
//! vault's floor and the simulation decide.

use crate::model::{Market, Venue};
use ballast_client::value::Address;
use ballast_core::fixed::ONE_E7;

/// A weighted pool takes at most this share of what it holds in one swap: a third.
const LARGEST_SHARE: i128 = 3;

/// The venues of a market as they will stand after what was decided so far.
#[derive(Clone, Debug)]
pub struct Venues {
    venues: Vec<Venue>,
}

impl Venues {
    /// As they stand.
    pub fn new(market: &Market) -> Self {
        Venues {
            venues: market.venues.clone(),
        }
    }

    /// One of them.
    pub fn get(&self, venue: usize) -> &Venue {
        &self.venues[venue]
    }

    /// Those that trade a pair and of which `admits` says yes.
    pub fn trading<'s>(
        &'s self,
        token_in: &'s Address,
        token_out: &'s Address,
        admits: impl Fn(&Venue) -> bool + 's,
    ) -> impl Iterator<Item = usize> + 's {
        let trades = move |venue: &Venue| {
            token_in != token_out
                && [token_in, token_out]
                    .iter()
                    .all(|token| venue.tokens.iter().any(|held| held.asset == **token))
        };
        (0..self.venues.len())
            .filter(move |index| trades(&self.venues[*index]) && admits(&self.venues[*index]))
    }

    /// What a sale is expected to bring after `ahead` of the same token was sold there by others; none
    /// where the venue would refuse it.
    pub fn proceeds(
        &self,
        venue: usize,
        token_in: &Address,
        token_out: &Address,
        amount: i128,
        ahead: i128,
    ) -> Option<i128> {
        let pool = Pool::of(&self.venues[venue], token_in, token_out)?;
        if amount > pool.balance_in.saturating_add(ahead) / LARGEST_SHARE {
            return None;
        }
        let before = pool.out(ahead as f64);
        let proceeds = pool.out(ahead as f64 + amount as f64) - before;
        // Rounded down by more than the error of the arithmetic.
        Some((proceeds * (1.0 - 1e-9)).floor().max(0.0) as i128)
    }

    /// Notes a sale: what comes later finds the venue so.
    pub fn sell(&mut self, venue: usize, token_in: &Address, token_out: &Address, amount: i128) {
        let proceeds = self.proceeds(venue, token_in, token_out, amount, 0);
        for token in &mut self.venues[venue].tokens {
            if token.asset == *token_in {
                token.balance = token.balance.saturating_add(amount);
            } else if token.asset == *token_out {
                token.balance -= proceeds.unwrap_or(0).min(token.balance);
            }
        }
    }
}

/// A weighted pool seen from one pair.
struct Pool {
    balance_in: i128,
    balance_out: f64,
    weight_ratio: f64,
    kept: f64,
}

impl Pool {
    fn of(venue: &Venue, token_in: &Address, token_out: &Address) -> Option<Self> {
        let find = |asset: &Address| venue.tokens.iter().find(|token| token.asset == *asset);
        let (sold, bought) = (find(token_in)?, find(token_out)?);
        let usable = sold.balance > 0 && bought.balance > 0 && bought.weight_e7 > 0;
        usable.then(|| Pool {
            balance_in: sold.balance,
            balance_out: bought.balance as f64,
            weight_ratio: sold.weight_e7 as f64 / bought.weight_e7 as f64,
            kept: (ONE_E7 - venue.fee_e7) as f64 / ONE_E7 as f64,
        })
    }

    /// `out = b_out * (1 - (b_in / (b_in + in * (1 - fee))) ^ (w_in / w_out))`.
    fn out(&self, amount: f64) -> f64 {
        let grown = (amount * self.kept / self.balance_in as f64).ln_1p();
        -self.balance_out * (-self.weight_ratio * grown).exp_m1()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::VenueToken;
    use ballast_client::value::Bytes;
    use stellar_xdr::curr::{ContractId, Hash, ScAddress};

    fn address(number: u8) -> Address {
        ScAddress::Contract(ContractId(Hash([number; 32])))
    }

    fn venues(balances: [i128; 2], weights_e7: [i128; 2], fee_e7: i128) -> Venues {
        let tokens = [0, 1].map(|index| VenueToken {
            asset: address(index as u8),
            balance: balances[index],
            weight_e7: weights_e7[index],
        });
        Venues {
            venues: vec![Venue {
                adapter: address(8),
                route: Bytes::default(),
                contract: address(9),
                tokens: tokens.to_vec(),
                fee_e7,
            }],
        }
    }

    fn proceeds(venues: &Venues, amount: i128, ahead: i128) -> Option<i128> {
        venues.proceeds(0, &address(0), &address(1), amount, ahead)
    }

    /// With equal weights the pool is one of constant product, which integers compute.
    #[test]
    fn proceeds_are_those_of_a_constant_product_when_weights_are_equal() {
        let (sold, bought) = (27_000_000_0000000, 10_000_000_0000000);
        let venues = venues([sold, bought], [5_000_000, 5_000_000], 30_000);
        for amount in [1, 999, 10_0000000, 123_456_7890123, 8_999_999_0000000] {
            let kept = amount * 9_970_000;
            let exact = bought * kept / (sold * ONE_E7 + kept);
            let told = proceeds(&venues, amount, 0).unwrap();
            assert!(
                told <= exact && exact - told <= 1 + exact / 100_000_000,
                "{told} {exact}"
            );
        }
        assert_eq!(proceeds(&venues, sold / 3 + 1, 0), None);
    }

    /// 80/20: `1 - (1 / 1.1)^4` of the other token.
    #[test]
    fn proceeds_follow_the_weights() {
        let venues = venues([1_000_0000000, 500_0000000], [8_000_000, 2_000_000], 0);
        let told = proceeds(&venues, 100_0000000, 0).unwrap();
        let exact = 158_4932723; // 500 * 0.3169865446349...
        assert!((told - exact).abs() <= 2, "{told}");
    }

    /// A sale after others' is what is left of the sale of all of it; but for the fee, which stays in
    /// the pool between two sales, as much as if they had been made.
    #[test]
    fn proceeds_fall_behind_a_crowd() {
        let mut venues = venues([1_000_0000000, 500_0000000], [5_000_000, 5_000_000], 0);
        let alone = proceeds(&venues, 10_0000000, 0).unwrap();
        let behind = proceeds(&venues, 10_0000000, 100_0000000).unwrap();
        assert!(behind < alone * 9 / 10);
        venues.sell(0, &address(0), &address(1), 100_0000000);
        let after = proceeds(&venues, 10_0000000, 0).unwrap();
        assert!((after - behind).abs() <= 2, "{after} {behind}");
    }
}
