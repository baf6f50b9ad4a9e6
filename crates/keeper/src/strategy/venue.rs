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
