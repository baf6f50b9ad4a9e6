//! Carries actions out. Each part of the cast has a module of its own.

use crate::action::Action;
use crate::effect::{Before, Effect};
use crate::tally::assert_told;
use crate::world::World;
use ballast_chain::CallError;
use std::fmt::Debug;

/// Calls of Blend alone, and transactions of the thief's own making, which may exceed the network's
/// limits: what they say is not the vault's to put into words.
const OF_OTHERS: [&str; 8] = [
    "auction filled",
    "del_auction",
    "lender supplies",
    "lender withdraws",
    "new auction",
    "split step",
    "whale borrows",
    "whale deposits",
];

impl World {
    /// Lets an action happen, and checks what must hold after it.
    pub fn happen(&mut self, action: &Action) {
        let before = Before::read(self);
        let effect = self.carry_out(action);
        effect.check(self, &before);
    }

    /// Tries a call. A refused one has changed nothing, and says why.
    pub fn attempt<T: Debug>(
        &mut self,
        name: &str,
        call: impl FnOnce(&Self) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let point = self.chain().checkpoint();
        let result = call(self);
        if let Err(error) = &result {
            // Promise 6.
            assert!(
                self.chain().unchanged_since(&point),
                "{name} was refused ({error}) and changed the ledger"
            );
            if !OF_OTHERS.contains(&name) {
                assert_told(name, error);
            }
        }
        self.tally.record(name, result.as_ref().err());
        result
    }

    #[rustfmt::skip]
    fn carry_out(&mut self, action: &Action) -> Effect {
        use Action::*;
        match *action {
            Deposit { vault, asset, amount } => self.deposit(vault, asset, amount),
            Withdraw { vault, asset, amount } => self.withdraw(vault, asset, amount),
            Borrow { vault, asset, amount } => self.borrow(vault, asset, amount),
            Repay { vault, asset, amount } => self.repay(vault, asset, amount),
            WithdrawReserve { vault, asset, amount } => self.withdraw_reserve(vault, asset, amount),
            Sweep { vault, asset } => self.sweep(vault, asset),
            SetPolicy { vault, ref kind } => self.set_policy(vault, kind),
            SetAutomation { vault, enabled } => self.set_automation(vault, enabled),
            Claim { vault } => self.claim(vault),
            Close { vault } => self.close(vault),
            OwnerRescue { vault, flash, share } => self.owner_rescue(vault, flash, share),
            TransferOwnership { vault, accept } => self.transfer_ownership(vault, accept),
            Reopen { vault, share } => self.reopen(vault, share),

            Aim { vault, risk_e4, rounds, heal } => self.aim(vault, risk_e4, rounds, heal),
            Gap { asset, thousandths } => self.gap(asset, thousandths),
            Wick { asset, thousandths, ledgers } => self.wick(asset, thousandths, ledgers),
            SecondOracle { thousandths, missing } => self.second_oracle(thousandths, missing),
            OracleFault { fault, asset } => self.oracle_fault(fault, asset),
            OracleHeals => self.oracle_heals(),
            Arbitrage => self.arbitrage(),
            MoveAmm { thousandths } => self.move_amm(thousandths),
            Ledgers { count, rounds } => self.ledgers(count, rounds),
            Days { count } => self.days(count),

            Status { status } => self.status(status),
            Limits { max_positions, min_collateral_usd } =>
                self.pool_limits(max_positions, min_collateral_usd),
            Factors { asset, collateral_e7, liability_e7, enabled } =>
                self.factors(asset, collateral_e7, liability_e7, enabled),
            Drain { asset, left } => self.drain(asset, left),
            Refill { asset } => self.refill(asset),
            OpenAuction { vault, percent, later } => self.open_auction(vault, percent, later),
            FillAuction { vault, percent } => self.fill_auction(vault, percent),
            DeleteStaleAuction { vault } => self.delete_stale_auction(vault),
            ClearStaleAuction { vault } => self.clear_stale_auction(vault),
            Freeze { holder, asset } => self.freeze(holder, asset),
            Thaw => self.thaw(),
            ClawBack { holder, asset, share } => self.claw_back(holder, asset, share),

            Step { vault, path, share, bid } => self.step(vault, path, share, bid),
            WildStep { vault, path, pair, sell, bid } => self.wild_step(vault, path, pair, sell, bid),
            Trick { vault, flash, trick } => self.trick(vault, flash, trick),
            ForbiddenAdapter { vault, flash, which } => self.forbidden_adapter(vault, flash, which),
            Split { vault, pieces, gift } => self.split(vault, pieces, gift),
            SignStep { vault } => self.sign_step(vault),
            ExecuteSigned { nth } => self.execute_signed(nth),
            ForgeSigned { nth, forgery } => self.forge_signed(nth, forgery),
            Grab { vault, nth } => self.grab(vault, nth),
            Give { vault, how, asset, amount } => self.give(vault, how, asset, amount),
            ExtendTtl { vault } => self.extend_ttl(vault),
            FactoryAdmin { what } => self.factory_admin(what),

            AskQuote { vault, path, share } => self.ask_quote(vault, path, share),
            AskExit { vault, order } => self.ask_exit(vault, order),
        }
    }
}
