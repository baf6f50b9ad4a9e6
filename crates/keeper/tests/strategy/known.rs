//! Decisions that are known beforehand.

use crate::world::{World, ONE, USD};
use ballast_client::value::StepReport;
use ballast_keeper::strategy::{
    decide, inclusion_fee, judge, urgency, Action, Hold, Incoming, Seen, Sponsor, Verdict, Way,
};
use std::collections::BTreeMap;

/// What becomes of the world's only vault.
fn verdict(world: &World) -> Verdict {
    let decisions = decide(&world.settings, &world.input());
    assert_eq!(decisions.len(), 1);
    decisions.into_iter().next().unwrap().verdict
}

fn choices(world: &World) -> Vec<Action> {
    match verdict(world) {
        Verdict::Act { choices, .. } => choices,
        Verdict::Hold(hold) => panic!("held: {hold}"),
    }
}

/// XLM against 10,000 USDC at this risk ratio.
fn one_vault(risk_e7: i128) -> World {
    let mut world = World::calm();
    world.vaults = vec![world.vault(0, (0, 1), 10_000, risk_e7)];
    world
}

fn give(world: &mut World, index: usize, amount: i128) {
    let asset = world.asset(index);
    world.inventory.available.insert(asset, amount);
}

#[test]
fn decide_holds_when_the_vault_is_below_soft() {
    assert_eq!(
        verdict(&one_vault(9_500_000)),
        Verdict::Hold(Hold::NotAtRisk)
    );
}

#[test]
fn decide_fills_first_when_the_inventory_covers_the_step() {
    let mut world = one_vault(9_800_000);
    give(&mut world, 1, 100_000 * ONE);
    let ways: Vec<Way> = choices(&world).iter().map(|action| action.way).collect();
    // A plain step frees slack only: at 98% it stays above soft.
    assert_eq!(ways.first(), Some(&Way::Fill));
    assert!(ways.contains(&Way::Flash));
}

#[test]
fn decide_swaps_when_there_is_no_inventory() {
    let actions = choices(&one_vault(9_800_000));
    assert_eq!(actions[0].way, Way::Flash);
    assert!(actions[0].profit_value > 0 && actions[0].risk_after_e7 < 9_600_000);
}

/// EURC against 10,000 USDC close to the edge: a step of 2,800, more than twice the least.
fn wide_step() -> World {
    let mut world = World::calm();
    world.vaults = vec![world.vault(0, (2, 1), 10_000, 9_890_000)];
    world
}

/// What the inventory holds is spent, if that is a step.
#[test]
fn decide_fills_a_part_when_the_inventory_is_smaller_than_the_step() {
    let mut world = wide_step();
    world.settings.ways.retain(|way| *way == Way::Fill);
    give(&mut world, 1, 1_000_000 * ONE);
    let whole = choices(&world)[0].clone();

    give(&mut world, 1, whole.repay * 3 / 4);
    let part = &choices(&world)[0];
    assert!(part.repay <= whole.repay * 3 / 4 && part.repay > whole.repay * 2 / 3);
    // Less than the smallest step is of no use.
    give(&mut world, 1, ONE);
    assert_eq!(verdict(&world), Verdict::Hold(Hold::NoInventory));
}

#[test]
fn decide_sells_less_when_the_venue_is_shallow() {
    let deep = choices(&wide_step())[0].clone();
    let mut world = wide_step();
    for token in &mut world.market.venues[1].tokens {
        token.balance /= 100;
    }
    let shallow = choices(&world)[0].clone();
    assert!(
        shallow.sell < deep.sell,
        "{} of {}",
        shallow.sell,
        deep.sell
    );
    assert!(shallow.profit_value > 0);
    for token in &mut world.market.venues[1].tokens {
        token.balance /= 100;
    }
    assert_eq!(verdict(&world), Verdict::Hold(Hold::VenueTooLow));
}

/// Where the pool lends nearly everything out, the step is as large as what is left allows.
#[test]
fn decide_sells_less_when_the_pool_has_little_liquidity() {
    let mut world = wide_step();
    world.settings.ways.retain(|way| *way == Way::Fill);
    give(&mut world, 1, 100_000 * ONE);
    let whole = choices(&world)[0].clone();
    let drain = |world: &mut World, free: i128| {
        let reserve = &mut world.market.reserves[2];
        let supply = reserve.b_supply * reserve.b_rate_e12 / 1_000_000_000_000;
        reserve.d_supply = (supply - free) * 1_000_000_000_000 / reserve.d_rate_e12;
    };
    drain(&mut world, whole.sell * 3 / 4);
    let part = choices(&world)[0].clone();
    assert!(part.sell < whole.sell * 3 / 4 && part.sell > whole.sell * 74 / 100);
    drain(&mut world, whole.sell / 100);
    assert!(matches!(verdict(&world), Verdict::Hold(hold) if hold.name() == "NoPoolLiquidity"));
}

#[test]
fn decide_holds_at_one_hundred_percent_until_the_auctions_clock_lets_it() {
    let mut world = one_vault(10_200_000);
    let named = |world: &World| match verdict(world) {
        Verdict::Hold(hold) => hold.name(),
        Verdict::Act { .. } => "act",
    };
    assert_eq!(named(&world), "RescueTooEarly");
    let bare = world.vaults[0].clone();
    let at = |world: &mut World, age: u32| {
        world.vaults = vec![bare.clone()];
        let mut vault = world.vaults.remove(0);
        world.open_auction(&mut vault, age);
        world.vaults.push(vault);
    };
    at(&mut world, 1);
    assert_eq!(named(&world), "RescueTooEarly");
    // The lot is 1.7 times the bid less a little: worth a filler's while from about 120 on.
    let opens = (1..400).find(|age| {
        at(&mut world, *age);
        named(&world) == "act"
    });
    assert!(
        opens.is_some_and(|age| (60..200).contains(&age)),
        "{opens:?}"
    );
    assert!(choices(&world)[0].rescue);
}

#[test]
fn decide_clears_an_auction_for_a_sponsor_when_it_is_stale_or_not_deserved() {
    let mut world = one_vault(9_000_000);
    let mut vault = world.vaults.remove(0);
    world.open_auction(&mut vault, 30);
    world.vaults.push(vault);
    assert_eq!(verdict(&world), Verdict::Hold(Hold::NotAtRisk));

    world.settings.sponsor = Sponsor::All;
    assert_eq!(choices(&world)[0].way, Way::Clear);
    // On ice the pool deletes none of its own accord.
    world.market.status = 3;
    assert_eq!(verdict(&world), Verdict::Hold(Hold::NotAtRisk));
    // A stale one goes whatever the price, even without one.
    let mut vault = world.vaults.remove(0);
    world.open_auction(&mut vault, 500);
    world.vaults.push(vault);
    world.market.reserves[0].feed.last = None;
    assert_eq!(choices(&world)[0].way, Way::Clear);
}

#[test]
fn decide_acts_without_a_profit_only_for_whom_it_sponsors() {
    let mut world = World::calm();
    world.vaults = vec![world.vault(0, (0, 1), 2, 9_800_000)];
    let Verdict::Hold(Hold::Unprofitable { best }) = verdict(&world) else {
        panic!("{:?}", verdict(&world));
    };
    assert!(best < world.settings.min_profit_e7 * (USD / 10_000_000));
    world.settings.sponsor = Sponsor::Vaults([world.vaults[0].address.clone()].into());
    let action = &choices(&world)[0];
    assert!(action.sponsored && action.risk_after_e7 < 9_600_000);
}

#[test]
fn decide_gives_the_inventory_to_the_most_urgent() {
    let mut world = World::calm();
    world.settings.ways.retain(|way| *way == Way::Fill);
    world.vaults = vec![
        world.vault(0, (0, 1), 10_000, 9_650_000),
        world.vault(1, (0, 1), 10_000, 9_890_000),
        world.vault(2, (0, 1), 10_000, 9_750_000),
    ];
    give(&mut world, 1, 1_000_000 * ONE);
    let decisions = decide(&world.settings, &world.input());
    let riskiest = &decisions[0];
    assert_eq!(riskiest.vault, world.vaults[1].address);
    let Verdict::Act { choices, .. } = &riskiest.verdict else {
        panic!("{riskiest:?}");
    };
    give(&mut world, 1, choices[0].repay);
    let decisions = decide(&world.settings, &world.input());
    assert!(matches!(&decisions[0].verdict, Verdict::Act { .. }));
    assert_eq!(decisions[0].vault, world.vaults[1].address);
    for decision in &decisions[1..] {
        assert_eq!(decision.verdict, Verdict::Hold(Hold::NoInventory));
    }
}

/// The second sale at a venue finds it as the first one leaves it.
#[test]
fn decide_foresees_what_its_own_sales_do_to_the_venue() {
    let mut world = World::calm();
    world.vaults = (0..40)
        .map(|number| world.vault(number, (0, 1), 10_000, 9_800_000))
        .collect();
    for token in &mut world.market.venues[0].tokens {
        token.balance /= 5;
    }
    let decisions = decide(&world.settings, &world.input());
    let profits: Vec<i128> = decisions
        .iter()
        .filter_map(|decision| match &decision.verdict {
            Verdict::Act { choices, .. } => Some(choices[0].profit_value),
            Verdict::Hold(_) => None,
        })
        .collect();
    let first_is_best = profits.iter().all(|profit| *profit <= profits[0]);
    assert!(first_is_best && profits.len() < 40, "{profits:?}");
    let held = Verdict::Hold(Hold::VenueTooLow);
    assert!(decisions.iter().any(|decision| {
        decision.verdict == held
            || matches!(decision.verdict, Verdict::Hold(Hold::Unprofitable { .. }))
    }));
}

/// Collateral that is to be sold is worth less the more others would sell of it first.
#[test]
fn decide_counts_the_crowd_where_incoming_collateral_is_sold() {
    let mut world = one_vault(9_900_000);
    world.settings.ways.retain(|way| *way == Way::Fill);
    give(&mut world, 1, 100_000 * ONE);
    let kept = choices(&world)[0].profit_value;
    let xlm = world.asset(0);
    world.settings.incoming.insert(xlm.clone(), Incoming::Sell);
    let sold = choices(&world)[0].clone();
    assert!(sold.profit_value < kept && sold.exit_e7 < 10_000_000);
    world.crowd = BTreeMap::from([(xlm.clone(), 50_000 * USD)]);
    let crowded = choices(&world)[0].clone();
    assert!(crowded.exit_e7 < sold.exit_e7 && crowded.profit_value < sold.profit_value);
    world.crowd = BTreeMap::from([(xlm, 2_000_000 * USD)]);
    assert!(matches!(
        verdict(&world),
        Verdict::Hold(Hold::Unprofitable { best }) if best < 0
    ));
}

#[test]
fn urgency_grows_towards_liquidation_and_with_the_auctions_age() {
    let world = World::calm();
    let of = |risk_e7: i128, age: Option<u32>, debt: i128| {
        let mut vault = world.vault(0, (0, 1), debt, risk_e7);
        if let Some(age) = age {
            world.open_auction(&mut vault, age);
        }
        let seen = Seen::read(&world.market, &vault, &world.second).unwrap();
        urgency(&seen, world.market.ledger).per_ledger
    };
    let risks = [9_600_000, 9_700_000, 9_800_000, 9_900_000];
    let rising: Vec<i128> = risks.iter().map(|risk| of(*risk, None, 10_000)).collect();
    assert!(
        rising.windows(2).all(|pair| pair[0] < pair[1]),
        "{rising:?}"
    );
    let ages: Vec<i128> = (0..14)
        .map(|age| of(10_200_000, Some(age * 15), 10_000))
        .collect();
    assert!(ages.windows(2).all(|pair| pair[0] <= pair[1]), "{ages:?}");
    assert!(ages[0] == 0 && ages[13] > 100 * USD, "{ages:?}");
    assert!(of(9_700_000, None, 100_000) > 9 * of(9_700_000, None, 10_000));
}

#[test]
fn inclusion_fee_follows_the_loss_within_what_is_asked_and_allowed() {
    let mut world = World::calm();
    let bid = |world: &World, loss: i128| {
        inclusion_fee(&world.settings, &world.fees, USD * 36 / 100, loss)
    };
    assert_eq!(bid(&world, 0), 200);
    // A tenth of a tenth of a cent is 2,777 stroops at 0.36.
    assert_eq!(bid(&world, USD / 1_000), 2_777);
    assert_eq!(bid(&world, 1_000 * USD), 100_000);
    world.fees.p99 = 5_000_000;
    assert_eq!(bid(&world, 1_000 * USD), world.settings.max_inclusion_fee);
}

#[test]
fn judge_refuses_what_the_simulation_says_does_not_pay() {
    let mut world = one_vault(9_800_000);
    give(&mut world, 1, 100_000 * ONE);
    let actions = choices(&world);
    let report = |action: &Action, reward: i128| StepReport {
        sold: action.sell,
        repaid: action.repay,
        proceeds: action.repay + reward,
        reward,
        reserve_spent: 0,
        risk_before_e7: action.risk_before_e7,
        risk_after_e7: action.risk_after_e7,
    };
    let judged = |action: &Action, reward: i128, stroops: i64| {
        judge(
            &world.settings,
            &world.market,
            action,
            &report(action, reward),
            stroops,
        )
    };
    let of = |way: Way| actions.iter().find(|action| action.way == way).unwrap();
    let (fill, flash) = (of(Way::Fill), of(Way::Flash));
    assert!(judged(fill, 0, 500_200).is_ok_and(|profit| profit > 0));
    assert_eq!(
        judged(flash, 20 * ONE, 500_000),
        Ok(20 * USD - USD * 18 / 1_000)
    );
    assert!(matches!(judged(flash, 0, 500_000), Err(Hold::Unprofitable { best }) if best < 0));
    // A fee surge eats it.
    assert!(judged(flash, 20 * ONE, 60 * 10_000_000).is_err());
    let mut sponsored = flash.clone();
    sponsored.sponsored = true;
    assert_eq!(judged(&sponsored, 0, 500_000), Ok(-USD * 18 / 1_000));
    let mut dear = fill.clone();
    dear.sponsored = true;
    dear.exit_e7 = 9_000_000;
    assert!(judged(&dear, 0, 500_000).is_err());
}
