//! Steps that the keeper signs now and somebody hands in later, once, twice or changed.

use crate::action::Route;
use crate::effect::Effect;
use crate::world::{Signed, World};
use ballast_chain::system::NO_DEADLINE;
use ballast_chain::{Account, CallError};
use ballast_interfaces::vault::StepReport;

/// Ledgers that a keeper's signature is good for.
const SIGNED_FOR: u32 = 500;
/// Signed steps remembered at a time.
const SIGNED_STEPS: usize = 8;

impl World {
    pub fn sign_step(&mut self, vault: usize) -> Effect {
        let Ok(quote) = self.attempt("quote", |world| world.quote(vault, Route::Fill)) else {
            return Effect::Outside;
        };
        let step = &quote.step;
        let (repay, collateral_out) = (step.min_proceeds, step.sell);
        let deadline = match collateral_out % 3 {
            0 => self.chain().timestamp() + 600,
            _ => NO_DEADLINE,
        };
        let tree = self.vaults[vault].fill_invocation(
            self.keeper.address(),
            &step.collateral,
            &step.debt,
            repay,
            collateral_out,
            deadline,
        );
        let signed = Signed {
            vault,
            pair: self.pair_of(step),
            repay,
            collateral_out,
            deadline,
            entry: self.keeper.sign(self.chain(), &tree, SIGNED_FOR),
            used: false,
        };
        self.tally.count("signed a step");
        if self.memory.signed.len() == SIGNED_STEPS {
            self.memory.signed.remove(0);
        }
        self.memory.signed.push(signed);
        Effect::Outside
    }

    /// One of the signed steps, the last for the largest number.
    fn signed(&self, nth: usize) -> Option<(usize, Signed)> {
        let nth = match self.memory.signed.len() {
            0 => return None,
            count if nth == usize::MAX => count - 1,
            count => nth % count,
        };
        Some((nth, self.memory.signed[nth].clone()))
    }

    fn hand_in(
        &self,
        vault: usize,
        signed: &Signed,
        keeper: &Account,
    ) -> Result<StepReport, CallError> {
        self.vaults[vault].fill_signed(
            &signed.entry,
            keeper.address(),
            self.asset(signed.pair.0),
            self.asset(signed.pair.1),
            signed.repay,
            signed.collateral_out,
            signed.deadline,
        )
    }

    /// Somebody hands in a step that the keeper signed some time ago.
    pub fn execute_signed(&mut self, nth: usize) -> Effect {
        let Some((nth, signed)) = self.signed(nth) else {
            return Effect::Outside;
        };
        let name = if signed.used {
            "signed step again"
        } else {
            "signed step"
        };
        let done = self.attempt(name, |world| {
            world.hand_in(signed.vault, &signed, &world.keeper)
        });
        match done {
            Ok(report) => {
                assert!(!signed.used, "a signature was good twice");
                let late = self.chain().timestamp() > signed.deadline;
                assert!(!late, "after the deadline");
                self.memory.signed[nth].used = true;
                let numbers = (signed.collateral_out, signed.repay);
                self.taken(signed.vault, Route::Fill, signed.pair, numbers, report)
            }
            Err(_) => Effect::Outside,
        }
    }

    pub fn forge_signed(&mut self, nth: usize, forgery: usize) -> Effect {
        let Some((_, mut signed)) = self.signed(nth) else {
            return Effect::Outside;
        };
        let mut vault = signed.vault;
        let mut keeper = self.keeper.clone();
        match forgery {
            0 => vault = 1 - vault,
            1 => signed.repay -= 1,
            2 => signed.collateral_out += 1,
            _ => keeper = self.thief.clone(),
        }
        let done = self.attempt("forged step", |world| {
            world.hand_in(vault, &signed, &keeper)
        });
        assert!(
            done.is_err_and(|error| error.is_auth()),
            "forgery {forgery}"
        );
        Effect::Outside
    }
}
