//! The owners act.

use crate::action::{Numbers, PolicyKind};
use crate::book::{E7, TOKEN};
use crate::effect::Effect;
use crate::keeper::trick_route;
use crate::rules;
use crate::world::{World, WEALTH};
use ballast_chain::{Asset, Vault};
use ballast_core::policy::Policy;
use ballast_hostile::Trick;
use ballast_interfaces::vault::{Path, SecondOracle, SecondSource, Step, VaultPolicy};
use soroban_sdk::{Map, Vec};

impl World {
    fn vault(&self, vault: usize) -> &Vault {
        &self.vaults[vault]
    }

    pub fn deposit(&mut self, vault: usize, asset: usize, amount: i128) -> Effect {
        let _ = self.attempt("deposit", |world| {
            world.vault(vault).deposit(world.asset(asset), amount)
        });
        Effect::Owner(vault)
    }

    pub fn withdraw(&mut self, vault: usize, asset: usize, amount: i128) -> Effect {
        let _ = self.attempt("withdraw", |world| {
            let to = world.vault(vault).owner.address();
            world.vault(vault).withdraw(world.asset(asset), amount, to)
        });
        Effect::Owner(vault)
    }

    pub fn borrow(&mut self, vault: usize, asset: usize, amount: i128) -> Effect {
        let done = self.attempt("borrow", |world| {
            let to = world.vault(vault).owner.address();
            world.vault(vault).borrow(world.asset(asset), amount, to)
        });
        if done.is_ok() {
            self.assert_calm(vault);
        }
        Effect::Owner(vault)
    }

    /// The owner is not led into a trap: no call of their own ends where keepers may act.
    fn assert_calm(&mut self, vault: usize) {
        let policy = rules::in_force(self, &self.policy(vault), &self.book(vault));
        let off = crate::entries::stored(&self.instance(vault), "AutomationOff").is_some();
        let book = self.book(vault);
        assert!(
            off || book.risk_e7() < i128::from(policy.soft_e7),
            "a call of the owner ended at {}",
            book.risk_e7()
        );
    }

    pub fn repay(&mut self, vault: usize, asset: usize, amount: i128) -> Effect {
        let _ = self.attempt("repay", |world| {
            let owner = &world.vault(vault).owner;
            world.vault(vault).repay(owner, world.asset(asset), amount)
        });
        Effect::Owner(vault)
    }

    pub fn withdraw_reserve(&mut self, vault: usize, asset: usize, amount: i128) -> Effect {
        let _ = self.attempt("withdraw_reserve", |world| {
            let to = world.vault(vault).owner.address();
            let args = (world.asset(asset), amount, to);
            world.vault(vault).as_owner("withdraw_reserve", args)
        });
        Effect::Owner(vault)
    }

    pub fn sweep(&mut self, vault: usize, asset: usize) -> Effect {
        let _ = self.attempt("sweep", |world| {
            let args = (world.asset(asset), world.vault(vault).owner.address());
            world.vault(vault).as_owner("sweep", args)
        });
        Effect::Owner(vault)
    }

    pub fn set_policy(&mut self, vault: usize, kind: &PolicyKind) -> Effect {
        let policy = match kind {
            PolicyKind::Balanced => VaultPolicy::from_core(&Policy::BALANCED),
            PolicyKind::Early => VaultPolicy::from_core(&Policy::EARLY),
            PolicyKind::Late => VaultPolicy::from_core(&Policy::LATE),
            PolicyKind::Random(numbers) => self.random_policy(numbers),
        };
        let set = self.attempt("set_policy", |world| {
            world.vault(vault).as_owner("set_policy", (policy,))
        });
        if set.is_ok() {
            self.memory.windows[vault] = None;
            if self.names_second_oracle(vault) {
                // It has been published all the time.
                self.publish();
            }
            self.assert_calm(vault);
        }
        Effect::Owner(vault)
    }

    fn random_policy(&self, numbers: &Numbers) -> VaultPolicy {
        let share = |index: usize, low: u32, high: u32| {
            let share = u64::from(numbers.shares[index]);
            low + (u64::from(high - low) * share / u64::from(u16::MAX)) as u32
        };
        let target = share(0, 7_500_000, 9_300_000);
        let soft = target + share(1, 100_000, 500_000);
        let hard = (soft + share(2, 50_000, 500_000)).min(10_000_000);
        let steps = [share(3, 100_000, 10_000_000), share(4, 100_000, 10_000_000)];
        let discounts = [share(5, 10_000, 1_000_000), share(6, 10_000, 1_000_000)];
        let core = Policy {
            target_e7: target,
            soft_e7: soft,
            hard_e7: hard,
            step_min_e7: steps[0].min(steps[1]),
            step_max_e7: steps[0].max(steps[1]),
            discount_min_e7: discounts[0].min(discounts[1]),
            discount_max_e7: discounts[0].max(discounts[1]),
            sold_budget_e7: share(7, 500_000, 30_000_000),
            window_ledgers: share(7, 1, 400),
            max_cost_of_equity_e7: share(8, 100_000, 10_000_000),
            dust_reserve_e7: share(8, 0, 1_000_000),
            rescue_target_e7: share(9, target + 1, 9_950_000),
            rescue_window_ledgers: share(9, 0, 200),
            // Half of the policies move with volatility.
            volatility_z_e2: 2 * share(10, 0, 10_00).saturating_sub(5_00),
            volatility_shift_max_e7: share(11, 0, target - 1_000_000),
            use_previous_round: numbers.previous_round,
            reserve_first: numbers.reserve_first,
            ..Policy::BALANCED
        };
        let mut policy = VaultPolicy::from_core(&core);
        if numbers.second_oracle > 0 {
            let mut assets = Map::new(self.chain().env());
            for asset in 0..3 {
                let address = self.asset(asset).clone();
                assets.set(address.clone(), Asset::Stellar(address));
            }
            policy.second_oracle = SecondSource::Feed(SecondOracle {
                oracle: self.second.address().clone(),
                assets,
                required: numbers.second_oracle == 2,
            });
        }
        policy
    }

    pub fn set_automation(&mut self, vault: usize, enabled: bool) -> Effect {
        let set = self.attempt("set_automation", |world| {
            world.vault(vault).as_owner("set_automation", (enabled,))
        });
        assert!(set.is_ok() || enabled, "automation is always switched off");
        Effect::Owner(vault)
    }

    pub fn claim(&mut self, vault: usize) -> Effect {
        let _ = self.attempt("claim", |world| {
            let args = (world.emissions(), world.vault(vault).owner.address());
            world.vault(vault).as_owner("claim", args)
        });
        Effect::Owner(vault)
    }

    /// Ids of the pool's emissions: for collateral in XLM, for debt in USDC.
    pub fn emissions(&self) -> Vec<u32> {
        Vec::from_array(self.chain().env(), [1, 2])
    }

    /// The owner brings what is owed and closes.
    pub fn close(&mut self, vault: usize) -> Effect {
        let book = self.book(vault);
        for asset in 0..3 {
            let owed = book.owed(asset);
            if owed > 0 {
                let _ = self.attempt("fund_reserve", |world| {
                    let owner = &world.vault(vault).owner;
                    world
                        .vault(vault)
                        .fund_reserve(owner, world.asset(asset), owed)
                });
            }
        }
        let _ = self.attempt("close", |world| {
            let legs = Vec::<Step>::new(world.chain().env());
            let args = (legs, world.vault(vault).owner.address());
            world.vault(vault).as_owner("close", args)
        });
        Effect::Owner(vault)
    }

    /// The owner sells a share of a collateral at a little less than the oracle's price, to the
    /// hostile contract, which pays this time.
    pub fn owner_rescue(&mut self, vault: usize, flash: bool, share: u32) -> Effect {
        let book = self.book(vault);
        let held = (0..3).find(|leg| book.shares[*leg].b > 0 && book.prices[*leg] > 0);
        let owed = (0..3).find(|leg| book.shares[*leg].d > 0 && book.prices[*leg] > 0);
        let (Some(sold), Some(repaid)) = (held, owed) else {
            return Effect::Outside;
        };
        let sell = book.held(sold) * i128::from(share) / 1_000;
        let bid = sell * book.prices[sold] / book.prices[repaid] * 99 / 100;
        // No more than the contract has.
        let bid = bid.min(WEALTH / 10);
        let trick = Trick::Pay(bid, 0);
        let step = Step {
            path: if flash { Path::Flash } else { Path::Plain },
            collateral: self.asset(sold).clone(),
            debt: self.asset(repaid).clone(),
            sell,
            min_proceeds: bid,
            adapter: self.hostile.clone(),
            route: trick_route(self, &trick),
        };
        self.prepare(vault, &trick);
        let done = self.attempt("owner_rescue", |world| {
            world.vault(vault).as_owner("owner_rescue", (step,))
        });
        match done {
            // The buyer gains what the owner gave: a sale on the owner's terms.
            Ok(_) => Effect::OwnersSale(vault),
            Err(_) => Effect::Owner(vault),
        }
    }

    pub fn reopen(&mut self, vault: usize, share: i128) -> Effect {
        let mut book = self.book(vault);
        if book.has_debt() {
            return Effect::Outside;
        }
        book.prices = self.memory.prices;
        let deposited = self.attempt("deposit", |world| {
            world.vault(vault).deposit(world.asset(0), 139_000 * TOKEN)
        });
        if deposited.is_ok() {
            book.shares = self.shares(vault);
            let soft_e7 = i128::from(self.policy(vault).soft_e7);
            let liability = book.collateral_base() / E7 * soft_e7 / 1_000 * share;
            let debt = liability / E7 * book.reserves[1].liability_factor_e7;
            let _ = self.borrow(vault, 1, debt / book.prices[1] * TOKEN);
        }
        Effect::Owner(vault)
    }

    pub fn transfer_ownership(&mut self, vault: usize, accept: bool) -> Effect {
        self.memory.heirs += 1;
        let name = format!("heir {}", self.memory.heirs);
        let heir = self.system.market.trader(&name, WEALTH, WEALTH);
        self.eurc.fund(&heir, WEALTH);
        self.system.market.blend.blnd().trust(&heir);
        let proposed = self.attempt("propose_owner", |world| {
            let args = (heir.address(),);
            world.vault(vault).as_owner("propose_owner", args)
        });
        proposed.expect("the owner may propose anybody");
        if accept {
            let accepted = self.attempt("accept_owner", |world| {
                let vault = &world.vault(vault).address;
                world.chain().call_as(&heir, vault, "accept_owner", (), &[])
            });
            accepted.expect("the proposed may accept");
            let former = self.vaults[vault].clone();
            self.vaults[vault].owner = heir;
            let sweep = (self.asset(1).clone(), former.owner.address().clone());
            let late = self.attempt("sweep by a former owner", |_| {
                former.as_owner("sweep", sweep)
            });
            assert!(late.is_err_and(|error| error.is_auth()));
        }
        Effect::Owner(vault)
    }
}
