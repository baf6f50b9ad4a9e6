//! A Comet pool of two tokens at equal weights: a constant-product market.

use crate::{ballast, Account, CallError, Chain, Invocation, Token};
use ballast_core::fixed::{mul_div_ceil, mul_div_floor};
use soroban_sdk::{vec, xdr::ScAddress, Address};

/// 0.3%, 7 decimals.
pub const DEFAULT_FEE: i128 = 0_0030000;
/// One, 7 decimals.
const SCALAR: i128 = 1_0000000;
/// One in Comet's own arithmetic.
const COMET_ONE: i128 = 10_i128.pow(18);
/// Relative distance of a price that is not worth a swap.
const PRICE_TOLERANCE: f64 = 1e-6;
/// Comet refuses to take in more than a third of what it holds.
const MAX_IN_DIVISOR: i128 = 3;
/// Comet's approvals end at a multiple of this many ledgers.
const APPROVAL_LEDGERS: u32 = 100_000;

/// A Comet pool on a chain.
#[derive(Clone)]
pub struct Amm {
    chain: Chain,
    address: Address,
    tokens: [Address; 2],
    fee: i128,
}

impl Amm {
    /// Deploys a pool of two tokens with these reserves (smallest units) and a fee of
    /// [`DEFAULT_FEE`]. Different names give different pools.
    pub fn deploy(chain: &Chain, name: &str, tokens: [&Token; 2], reserves: [i128; 2]) -> Self {
        Self::deploy_with_fee(chain, name, tokens, reserves, DEFAULT_FEE)
    }

    /// As [`Self::deploy`], with another fee (7 decimals; 0.0001% to 10%).
    pub fn deploy_with_fee(
        chain: &Chain,
        name: &str,
        tokens: [&Token; 2],
        reserves: [i128; 2],
        fee: i128,
    ) -> Self {
        let env = chain.env();
        let admin = chain.account(&format!("{name} admin"));
        for (token, reserve) in tokens.iter().zip(reserves) {
            token.fund(&admin, reserve);
        }
        let tokens = tokens.map(|token| token.address().clone());
        let address = ballast::deploy(chain, &admin, ballast::shipped::COMET, name, ())
            .expect("Comet deploys");
        let args = (
            admin.address(),
            vec![env, tokens[0].clone(), tokens[1].clone()],
            vec![env, SCALAR / 2, SCALAR / 2],
            vec![env, reserves[0], reserves[1]],
            fee,
        );
        chain
            .call_recorded(&[&admin], &address, "init", args)
            .expect("Comet takes the reserves");
        Self {
            chain: chain.clone(),
            address,
            tokens,
            fee,
        }
    }

    /// The pool on another chain in the same state (after [`Chain::fork`]).
    pub fn on(&self, chain: &Chain) -> Self {
        let moved = |address: &Address| chain.address(&ScAddress::from(address));
        Self {
            chain: chain.clone(),
            address: moved(&self.address),
            tokens: [moved(&self.tokens[0]), moved(&self.tokens[1])],
            fee: self.fee,
        }
    }

    /// Its address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Its fee, 7 decimals.
    pub fn fee(&self) -> i128 {
        self.fee
    }

    /// What it holds of a token, smallest unit.
    pub fn reserve(&self, token: &Address) -> i128 {
        self.chain
            .view(&self.address, "get_balance", (token,))
            .expect("the pool holds the token")
    }

    /// What it holds of its two tokens.
    pub fn reserves(&self) -> [i128; 2] {
        [self.reserve(&self.tokens[0]), self.reserve(&self.tokens[1])]
    }

    /// Units of the second token for one unit of the first, without the fee.
    pub fn price(&self) -> f64 {
        let [first, second] = self.reserves();
        second as f64 / first as f64
    }

    /// What a swap brings now, by Comet's formula.
    pub fn quote(&self, token_in: &Address, amount_in: i128) -> i128 {
        quote(self.reserves_for(token_in), amount_in, self.fee)
    }

    /// Swaps as `account`, which signs: at least `min_out`, at any price. What it got.
    pub fn swap(
        &self,
        account: &Account,
        token_in: &Address,
        amount_in: i128,
        min_out: i128,
    ) -> Result<i128, CallError> {
        let token_out = self.other(token_in);
        let args = (
            token_in,
            amount_in,
            token_out,
            min_out,
            i128::MAX,
            account.address(),
        );
        let live_until = (self.chain.sequence() / APPROVAL_LEDGERS + 1) * APPROVAL_LEDGERS;
        let approval = (account.address(), &self.address, amount_in, live_until);
        let approve = Invocation::new(token_in, "approve", approval);
        let out = self.chain.call_from(
            account,
            &self.address,
            "swap_exact_amount_in",
            args,
            &[approve],
        )?;
        let (amount_out, _price): (i128, i128) = self.chain.from_val(out);
        Ok(amount_out)
    }

    /// What has to be sold to bring the price (second token per first, without the fee) to `target`,
    /// as token and amount, if the price is off by more than the fee. No more than Comet takes in
    /// one swap.
    pub fn arbitrage(&self, target: f64) -> Option<(Address, i128)> {
        let [first, second] = self.reserves();
        let (token, amount) = arbitrage([first, second], target, self.fee)?;
        Some((self.tokens[token].clone(), amount))
    }

    /// Swaps as `account` until the price is within the fee of `target`. Number of swaps.
    pub fn move_price(&self, account: &Account, target: f64) -> Result<u32, CallError> {
        let mut swaps = 0;
        while let Some((token, amount)) = self.arbitrage(target) {
            self.swap(account, &token, amount, 0)?;
            swaps += 1;
        }
        Ok(swaps)
    }

    fn other(&self, token: &Address) -> &Address {
        &self.tokens[usize::from(*token == self.tokens[0])]
    }

    fn reserves_for(&self, token_in: &Address) -> [i128; 2] {
        let [first, second] = self.reserves();
        if *token_in == self.tokens[0] {
            [first, second]
        } else {
            [second, first]
        }
    }
}

/// Proceeds of a swap in a pool of equal weights with reserves `[in, out]`, to the last unit what
/// Comet pays: the share of the reserve that is paid out has 18 decimals and is rounded up, the
/// proceeds are rounded down.
///
/// # Panics
/// If the amounts are beyond any token's.
pub fn quote([reserve_in, reserve_out]: [i128; 2], amount_in: i128, fee: i128) -> i128 {
    let after_fee = amount_in * (SCALAR - fee);
    let in_after = reserve_in * SCALAR + after_fee;
    // Replays swap by the million, and nearly always 128 bits hold the products.
    let share = match after_fee.checked_mul(COMET_ONE) {
        Some(product) => (product + in_after - 1) / in_after,
        None => mul_div_ceil(after_fee, COMET_ONE, in_after).expect("a share of less than one"),
    };
    match reserve_out.checked_mul(share) {
        Some(product) => product / COMET_ONE,
        None => mul_div_floor(reserve_out, share, COMET_ONE).expect("less than the reserve"),
    }
}

/// Index of the token to sell and how much of it, to bring `second / first` to `target`.
pub fn arbitrage(reserves: [i128; 2], target: f64, fee: i128) -> Option<(usize, i128)> {
    let [first, second] = reserves.map(|reserve| reserve as f64);
    let kept = 1.0 - fee as f64 / SCALAR as f64;
    let price = second / first;
    // Selling the first token lowers the price, selling the second raises it. The seller gets the
    // marginal price less the fee: trade until that equals the target.
    let (token, reserve, ratio) = if price > target {
        (0, first, price * kept / target)
    } else {
        (1, second, target * kept / price)
    };
    if ratio < 1.0 + PRICE_TOLERANCE {
        return None;
    }
    let amount = reserve * (ratio.sqrt() - 1.0) / kept;
    let amount = (amount as i128).min(reserves[token] / MAX_IN_DIVISOR);
    (amount > 0).then_some((token, amount))
}
