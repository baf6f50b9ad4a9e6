//! Every call that somebody signs: the trees are written by hand, signed at one ledger and executed
//! 0, 1 and 12 ledgers later, with interest accruing in between. Exactly these trees suffice.

use crate::support::{list_version, Scene};
use ballast_chain::blend::request;
use ballast_chain::market::{ONE, USD};
use ballast_chain::system::VERSION;
use ballast_chain::{ballast, Account, CallError, Invocation};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::{Path, Step};
use soroban_sdk::xdr::{ScAddress, SorobanAuthorizationEntry};
use soroban_sdk::{vec, Address, Env, IntoVal, Val, Vec};

/// Ledgers between signing and executing.
const DELAYS: [u32; 3] = [0, 1, 12];
/// Ledgers that the signatures are good for.
const GOOD_FOR: u32 = 250;
/// A deadline that is far off, but is one.
const LATER: u64 = 2_000_000_000;

/// A call with the tree that its signer signs for it.
struct Signed {
    signer: Account,
    contract: Address,
    function: &'static str,
    args: Vec<Val>,
    below: std::vec::Vec<Invocation>,
}

impl Signed {
    fn new(
        signer: &Account,
        contract: &Address,
        function: &'static str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> Self {
        Self {
            signer: signer.clone(),
            contract: contract.clone(),
            function,
            args: args.into_val(contract.env()),
            below: Default::default(),
        }
    }

    /// With `token.transfer(signer, contract, amount)` below it.
    fn paying(mut self, token: &Address, amount: i128) -> Self {
        let transfer = Invocation::transfer(token, self.signer.address(), &self.contract, amount);
        self.below.push(transfer);
        self
    }

    fn root(&self) -> Invocation {
        Invocation::new(&self.contract, self.function, self.args.clone())
    }

    fn tree(&self) -> Invocation {
        self.root().with_all(self.below.clone())
    }

    fn execute(
        &self,
        scene: &Scene,
        entries: &[SorobanAuthorizationEntry],
    ) -> Result<Val, CallError> {
        scene
            .system
            .chain()
            .call(&self.contract, self.function, self.args.clone(), entries)
    }
}

/// Checks a call in the scene's present state. `between` happens after the signature.
#[track_caller]
fn check(scene: &Scene, call: &Signed, between: impl Fn()) {
    let chain = scene.system.chain();
    let state = chain.snapshot();
    for delay in DELAYS {
        chain.restore(&state);
        let signed = call.signer.sign(chain, &call.tree(), GOOD_FOR);
        between();
        chain.advance_ledgers(delay);
        let done = call.execute(scene, &[signed]);
        assert!(
            done.is_ok(),
            "{} {delay} ledgers later: {done:?}",
            call.function
        );
        assert_eq!(
            chain.last_authorizations(),
            [(call.signer.address().clone(), call.tree())],
            "{} was authorised by other trees",
            call.function
        );
    }

    let refuses = |name: &str, ledgers: u32, entries: &[SorobanAuthorizationEntry]| {
        between();
        chain.advance_ledgers(ledgers);
        let before = chain.state_hash();
        let error = call.execute(scene, entries).expect_err(name);
        assert!(error.is_auth(), "{} {name}: {error:?}", call.function);
        assert_eq!(chain.state_hash(), before, "{} {name}", call.function);
        chain.restore(&state);
    };
    chain.restore(&state);
    refuses("without a signature", 0, &[]);
    for left_out in 0..call.below.len() {
        let mut below = call.below.clone();
        below.remove(left_out);
        let tree = call.root().with_all(below);
        let signed = call.signer.sign(chain, &tree, GOOD_FOR);
        refuses("without a nested call", 1, &[signed]);
    }
    let tree = call.tree();
    let others = scene.thief.sign(chain, &tree, GOOD_FOR);
    refuses("signed by somebody else", 1, &[others]);
    let address = ScAddress::from(call.signer.address());
    let forged = scene.thief.sign_for(chain, address, &tree, GOOD_FOR, 7);
    refuses("forged", 1, &[forged]);
    let signed = call.signer.sign(chain, &tree, 3);
    refuses("expired", 4, &[signed]);
    let elsewhere = Signed {
        contract: scene.system.lens.clone(),
        ..Signed::new(
            &call.signer,
            &call.contract,
            call.function,
            call.args.clone(),
        )
    };
    let signed = call.signer.sign(chain, &elsewhere.tree(), GOOD_FOR);
    refuses("signed for another contract", 1, &[signed]);
}

/// Checks that a signature is good for one call only. The call is possible again by itself.
#[track_caller]
fn check_replay(scene: &Scene, call: &Signed) {
    let chain = scene.system.chain();
    let signed = call.signer.sign(chain, &call.tree(), GOOD_FOR);
    call.execute(scene, std::slice::from_ref(&signed))
        .expect("signed");
    chain.advance_ledgers(1);
    let before = chain.state_hash();
    let error = call.execute(scene, &[signed]).expect_err("replayed");
    assert!(error.is_auth(), "{} replayed: {error:?}", call.function);
    assert_eq!(chain.state_hash(), before);
    let again = call.signer.sign(chain, &call.tree(), GOOD_FOR);
    let done = call.execute(scene, &[again]);
    assert!(done.is_ok(), "{} signed again: {done:?}", call.function);
}

fn owners(scene: &Scene, function: &'static str, args: impl IntoVal<Env, Vec<Val>>) -> Signed {
    Signed::new(&scene.vault.owner, &scene.vault.address, function, args)
}

fn nothing() {}

/// The price falls until the pool takes an auction, and one is opened; the price may come back.
fn auction_opens(scene: &Scene, then_dollars_e4: i128) {
    let market = &scene.system.market;
    market.set_price(USD * 2_600 / 10_000);
    scene.open_auction();
    market.set_price(USD * then_dollars_e4 / 10_000);
}

#[test]
fn deposit_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let (xlm, amount) = (scene.xlm().clone(), 60_000 * ONE);
    let deposit = owners(&scene, "deposit", (&xlm, amount)).paying(&xlm, amount);
    check(&scene, &deposit, nothing);
    check_replay(&scene, &deposit);
}

#[test]
fn deposit_succeeds_with_its_tree_when_an_auction_opens_in_between() {
    let scene = Scene::new();
    let (xlm, amount) = (scene.xlm().clone(), 60_000 * ONE);
    let deposit = owners(&scene, "deposit", (&xlm, amount)).paying(&xlm, amount);
    check(&scene, &deposit, || auction_opens(&scene, 2_600));
}

#[test]
fn withdraw_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let args = (scene.xlm(), 1_000 * ONE, scene.thief.address());
    let withdraw = owners(&scene, "withdraw", args);
    check(&scene, &withdraw, nothing);
    check_replay(&scene, &withdraw);
}

#[test]
fn borrow_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let args = (scene.usdc(), 100 * ONE, scene.thief.address());
    let borrow = owners(&scene, "borrow", args);
    check(&scene, &borrow, nothing);
    check_replay(&scene, &borrow);
}

#[test]
fn repay_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    // In part, and of all with some to spare: the pool's refund needs no signature.
    for amount in [1_000 * ONE, 26_500 * ONE] {
        for payer in [&scene.keeper, &scene.vault.owner] {
            scene.system.market.usdc.fund(payer, amount);
            let args = (payer.address(), scene.usdc(), amount);
            let repay = Signed::new(payer, &scene.vault.address, "repay", args);
            check(&scene, &repay.paying(scene.usdc(), amount), nothing);
        }
    }
    let amount = 1_000 * ONE;
    let args = (scene.keeper.address(), scene.usdc(), amount);
    let repay = Signed::new(&scene.keeper, &scene.vault.address, "repay", args);
    check_replay(&scene, &repay.paying(scene.usdc(), amount));
}

#[test]
fn repay_succeeds_with_its_tree_when_an_auction_opens_in_between() {
    let scene = Scene::new();
    for amount in [5_000 * ONE, 26_500 * ONE] {
        let args = (scene.keeper.address(), scene.usdc(), amount);
        let repay = Signed::new(&scene.keeper, &scene.vault.address, "repay", args);
        check(&scene, &repay.paying(scene.usdc(), amount), || {
            auction_opens(&scene, 2_600)
        });
    }
}

#[test]
fn fund_reserve_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let amount = 500 * ONE;
    let args = (scene.keeper.address(), scene.usdc(), amount);
    let fund = Signed::new(&scene.keeper, &scene.vault.address, "fund_reserve", args)
        .paying(scene.usdc(), amount);
    check(&scene, &fund, nothing);
    check_replay(&scene, &fund);
}

#[test]
fn withdraw_reserve_and_sweep_succeed_with_their_trees_only() {
    let scene = Scene::new();
    let market = &scene.system.market;
    market.usdc.mint(&scene.vault.address, 500 * ONE);
    let args = (scene.usdc(), 100 * ONE, scene.thief.address());
    let withdraw = owners(&scene, "withdraw_reserve", args);
    check(&scene, &withdraw, nothing);
    let sweep = owners(&scene, "sweep", (scene.usdc(), scene.thief.address()));
    check(&scene, &sweep, nothing);
    check_replay(&scene, &withdraw);
    check_replay(&scene, &sweep);
}

#[test]
fn settings_succeed_with_their_trees_only() {
    let scene = Scene::new();
    let mut policy = scene.system.policy();
    policy.window_ledgers += 1;
    let set_policy = owners(&scene, "set_policy", (policy,));
    check(&scene, &set_policy, nothing);
    check_replay(&scene, &set_policy);
    for enabled in [false, true] {
        let switch = owners(&scene, "set_automation", (enabled,));
        check(&scene, &switch, nothing);
        check_replay(&scene, &switch);
    }
}

#[test]
fn claim_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let env = scene.system.chain().env();
    let args = (vec![env, 1u32, 2], scene.thief.address());
    let claim = owners(&scene, "claim", args);
    check(&scene, &claim, nothing);
    check_replay(&scene, &claim);
}

#[test]
fn owner_submit_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let env = scene.system.chain().env();
    scene
        .system
        .market
        .usdc
        .mint(&scene.vault.address, 1_000 * ONE);
    let requests = vec![
        env,
        request(request::REPAY, scene.usdc(), 100 * ONE),
        request(request::BORROW, scene.usdc(), ONE),
    ];
    let submit = owners(&scene, "owner_submit", (requests,));
    check(&scene, &submit, nothing);
    check_replay(&scene, &submit);
}

#[test]
fn upgrade_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let (system, code) = (&scene.system, ballast::vault_named("b"));
    let hash = list_version(system, &code, &system.receiver);
    let upgrade = owners(&scene, "upgrade", (hash,));
    check(&scene, &upgrade, nothing);
    check_replay(&scene, &upgrade);
}

#[test]
fn close_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let env = scene.system.chain().env();
    let sale = scene.system.step(Path::Flash, 76_000 * ONE, 26_100 * ONE);
    let args = (vec![env, sale], scene.vault.owner.address());
    check(&scene, &owners(&scene, "close", args), nothing);
    // Out of the vault's own balance, at any interest.
    scene
        .system
        .market
        .usdc
        .mint(&scene.vault.address, 26_100 * ONE);
    let args = (Vec::<Step>::new(env), scene.vault.owner.address());
    let close = owners(&scene, "close", args);
    check(&scene, &close, nothing);
    check_replay(&scene, &close);
}

#[test]
fn close_succeeds_with_its_tree_when_an_auction_opens_in_between() {
    let scene = Scene::new();
    scene.hold_price(2_700);
    let env = scene.system.chain().env();
    let sale = scene.system.step(Path::Flash, 110_000 * ONE, 26_100 * ONE);
    let args = (vec![env, sale], scene.vault.owner.address());
    check(&scene, &owners(&scene, "close", args), || {
        auction_opens(&scene, 2_600)
    });
}

#[test]
fn owner_rescue_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    for path in [Path::Plain, Path::Flash] {
        let sale = scene.system.step(path, 8_000 * ONE, 2_700 * ONE);
        check(&scene, &owners(&scene, "owner_rescue", (sale,)), nothing);
    }
    let sale = scene.system.step(Path::Flash, 8_000 * ONE, 2_700 * ONE);
    check_replay(&scene, &owners(&scene, "owner_rescue", (sale,)));
}

#[test]
fn owner_rescue_succeeds_with_its_tree_when_an_auction_opens_in_between() {
    let scene = Scene::new();
    scene.hold_price(2_800);
    for path in [Path::Plain, Path::Flash] {
        let sale = scene.system.step(path, 4_000 * ONE, 1_050 * ONE);
        check(&scene, &owners(&scene, "owner_rescue", (sale,)), || {
            auction_opens(&scene, 2_800)
        });
    }
}

#[test]
fn clear_stale_auction_succeeds_without_a_signature() {
    let scene = Scene::new();
    auction_opens(&scene, 3_600);
    let chain = scene.system.chain();
    let state = chain.snapshot();
    for age in [0, 1, 12, 501] {
        chain.restore(&state);
        chain.advance_ledgers(age);
        scene.system.market.set_price(USD * 3_600 / 10_000);
        let cleared = chain.call(&scene.vault.address, "clear_stale_auction", (), &[]);
        assert!(cleared.is_ok(), "{age} ledgers later: {cleared:?}");
        assert_eq!(chain.last_authorizations(), []);
        assert!(!scene.in_auction());
    }
}

#[test]
fn ownership_moves_with_its_trees_only() {
    let scene = Scene::new();
    let heir = scene.system.chain().account("heir");
    let propose = owners(&scene, "propose_owner", (heir.address(),));
    check(&scene, &propose, nothing);
    check_replay(&scene, &propose);
    let accept = Signed::new(&heir, &scene.vault.address, "accept_owner", ());
    check(&scene, &accept, nothing);
    // A proposal that comes back is not accepted by the old signature.
    let chain = scene.system.chain();
    let signed = heir.sign(chain, &accept.tree(), GOOD_FOR);
    accept
        .execute(&scene, std::slice::from_ref(&signed))
        .unwrap();
    let back = (heir.address(),);
    chain
        .call_as(&heir, &scene.vault.address, "propose_owner", back, &[])
        .unwrap();
    let error = accept.execute(&scene, &[signed]).unwrap_err();
    assert!(error.is_auth(), "{error:?}");
}

#[test]
fn create_succeeds_with_its_tree_only() {
    let scene = Scene::new();
    let pool = scene.system.market.pool.address();
    let args = (
        scene.keeper.address(),
        pool,
        VERSION,
        scene.system.policy(),
        3u32,
    );
    let create = Signed::new(&scene.keeper, &scene.system.factory, "create", args);
    check(&scene, &create, nothing);
    let chain = scene.system.chain();
    let signed = scene.keeper.sign(chain, &create.tree(), GOOD_FOR);
    create
        .execute(&scene, std::slice::from_ref(&signed))
        .unwrap();
    let error = create.execute(&scene, &[signed]).unwrap_err();
    assert!(error.is_auth(), "{error:?}");
}

/// The same, and the auction grows to this age, at a fresh price.
fn auction_matures(scene: &Scene, dollars_e4: i128, age: u32) {
    auction_opens(scene, dollars_e4);
    scene.system.chain().advance_ledgers(age);
    let market = &scene.system.market;
    market.set_price(USD * dollars_e4 / 10_000);
}

/// The standard scene, where one proposal can be good with and without an auction. The price is
/// above the liquidation's and stays there.
fn at_risk(dollars_e4: i128) -> Scene {
    let scene = Scene::with_policy(|policy| {
        policy.use_previous_round = false;
        // The small step of a rescue is of full size without one too.
        policy.step_min_e7 = 0_0100000;
    });
    scene.hold_price(dollars_e4);
    scene
}

/// What the lens quotes in an auction of this age, soon after the lot is worth the bid: good without
/// an auction too, since the clock's discount is still small and the step lands between the target
/// and the rescue target.
fn quoted_in_auction(scene: &Scene, dollars_e4: i128, age: u32, path: Option<Path>) -> Step {
    let chain = scene.system.chain();
    let state = chain.snapshot();
    auction_matures(scene, dollars_e4, age);
    let quote = match path {
        Some(path) => scene.system.quote_rebalance(&scene.vault, path),
        None => scene.vault.quote_fill(),
    };
    chain.restore(&state);
    quote.expect("the rescue is open").step
}

fn fill_of(scene: &Scene, step: &Step) -> Signed {
    let args = (
        scene.keeper.address(),
        &step.collateral,
        &step.debt,
        step.min_proceeds,
        step.sell,
        LATER,
    );
    Signed::new(&scene.keeper, &scene.vault.address, "fill", args)
        .paying(&step.debt, step.min_proceeds)
}

fn rebalance_of(scene: &Scene, step: &Step) -> Signed {
    let args = (scene.keeper.address(), step.clone(), LATER);
    Signed::new(&scene.keeper, &scene.vault.address, "rebalance", args)
}

#[test]
fn fill_succeeds_with_its_tree_with_and_without_an_auction() {
    let scene = at_risk(2_720);
    let step = quoted_in_auction(&scene, 2_720, 170, None);
    let fill = fill_of(&scene, &step);
    check(&scene, &fill, nothing);
    check(&scene, &fill, || auction_matures(&scene, 2_720, 170));
    // Below a health factor of one too.
    let deep = at_risk(2_650);
    let step = quoted_in_auction(&deep, 2_580, 182, None);
    check(&deep, &fill_of(&deep, &step), || {
        auction_matures(&deep, 2_580, 182)
    });
}

#[test]
fn rebalance_by_flash_succeeds_with_its_tree_with_and_without_an_auction() {
    let scene = at_risk(2_720);
    let step = quoted_in_auction(&scene, 2_720, 170, Some(Path::Flash));
    let rebalance = rebalance_of(&scene, &step);
    check(&scene, &rebalance, nothing);
    check(&scene, &rebalance, || auction_matures(&scene, 2_720, 170));
}

#[test]
fn rebalance_by_plain_path_succeeds_with_its_tree_with_and_without_an_auction() {
    let scene = at_risk(2_740);
    let step = quoted_in_auction(&scene, 2_740, 168, Some(Path::Plain));
    let rebalance = rebalance_of(&scene, &step);
    check(&scene, &rebalance, nothing);
    check(&scene, &rebalance, || auction_matures(&scene, 2_740, 168));
}

#[test]
fn fill_and_rebalance_fail_when_replayed() {
    for step in [None, Some(Path::Plain), Some(Path::Flash)] {
        let scene = at_risk(2_720);
        // Small enough to be possible again.
        let quote = match step {
            Some(path) => scene.system.quote_rebalance(&scene.vault, path),
            None => scene.vault.quote_fill(),
        };
        let quote = quote.expect("at risk").step;
        let call = match step {
            Some(_) => rebalance_of(&scene, &quote),
            None => fill_of(&scene, &quote),
        };
        let chain = scene.system.chain();
        let signed = scene.keeper.sign(chain, &call.tree(), GOOD_FOR);
        call.execute(&scene, std::slice::from_ref(&signed)).unwrap();
        let before = chain.state_hash();
        let error = call.execute(&scene, &[signed]).unwrap_err();
        assert!(error.is_auth(), "{error:?}");
        assert_eq!(chain.state_hash(), before);
    }
}

#[test]
fn fill_fails_when_another_amount_was_signed() {
    let scene = at_risk(2_720);
    let step = scene.vault.quote_fill().expect("at risk").step;
    let chain = scene.system.chain();
    let call = fill_of(&scene, &step);
    let paid_less = Invocation::transfer(
        &step.debt,
        scene.keeper.address(),
        &scene.vault.address,
        step.min_proceeds - 1,
    );
    let signed = scene
        .keeper
        .sign(chain, &call.root().with(paid_less), GOOD_FOR);
    let error = call.execute(&scene, &[signed]).unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    // A bid signed for one vault is not good for another.
    let other = scene.system.vault_with_position(
        "bob",
        &scene.system.policy(),
        139_000 * ONE,
        20_000 * ONE,
    );
    let signed = scene.keeper.sign(chain, &call.tree(), GOOD_FOR);
    let error = chain
        .call(&other.address, "fill", call.args.clone(), &[signed])
        .unwrap_err();
    assert!(error.is_auth(), "{error:?}");
}

#[test]
fn fill_and_rebalance_fail_after_their_deadline() {
    let scene = at_risk(2_720);
    let chain = scene.system.chain();
    let deadline = chain.timestamp() + 30;
    let step = scene.vault.quote_fill().expect("at risk").step;
    let mut fill = fill_of(&scene, &step);
    fill.args.set(5, deadline.into_val(chain.env()));
    let flash = scene
        .system
        .quote_rebalance(&scene.vault, Path::Flash)
        .expect("at risk");
    let mut rebalance = rebalance_of(&scene, &flash.step);
    rebalance.args.set(2, deadline.into_val(chain.env()));
    let state = chain.snapshot();
    for call in [fill, rebalance] {
        for (ledgers, passes) in [(6, true), (7, false)] {
            chain.restore(&state);
            let signed = scene.keeper.sign(chain, &call.tree(), GOOD_FOR);
            chain.advance_ledgers(ledgers);
            let done = call.execute(&scene, &[signed]);
            if passes {
                assert!(done.is_ok(), "{}: {done:?}", call.function);
            } else {
                let code = done.unwrap_err().code();
                assert_eq!(code, Some(VaultError::DeadlinePassed as u32));
            }
        }
    }
}
