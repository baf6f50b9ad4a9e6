use ballast_chain::market::{ONE, USD};
use ballast_chain::*;
use ballast_interfaces::vault::Path;
fn main() {
    let sys = System::new(Market::new(&MarketSetup::default()));
    let c = sys.chain();
    let mut p = sys.policy();
    p.use_previous_round = false;
    let v = sys.vault_with_position("alice", &p, 139_000 * ONE, 26_000 * ONE);
    println!("health {:?}", v.health().unwrap());
    println!("pos {:?}", v.position().unwrap());
    let keeper = sys
        .market
        .trader("keeper", 1_000_000 * ONE, 1_000_000 * ONE);
    let arb = sys.market.trader("arb", 10_000_000 * ONE, 10_000_000 * ONE);
    println!("q {:?}", v.quote_fill());
    let price = USD * 2780 / 10000;
    c.advance_ledgers(60);
    sys.market.set_price(price);
    sys.market.amm.move_price(&arb, 0.2780).unwrap();
    println!("health {:?}", v.health().unwrap());
    println!("cost health {:?}", c.last_cost().instructions);
    let q = v.quote_fill();
    println!("q {:?} cost {}", q, c.last_cost().instructions);
    let snap = c.snapshot();
    let q = q.unwrap();
    let r = v.fill(
        &keeper,
        sys.market.xlm.address(),
        sys.market.usdc.address(),
        q.step.min_proceeds,
        q.step.sell,
    );
    println!("fill {:?} {:?}", r, c.last_cost());
    c.set_profiling(true);
    for path in [Path::Plain, Path::Flash] {
        c.restore(&snap);
        let q = sys.quote_rebalance(&v, path);
        println!("q {:?} cost {}", q, c.last_cost().instructions);
        if let Ok(q) = q {
            let r = v.rebalance(&keeper, &q.step);
            println!("{path:?} {:?} {:?}", r, c.last_cost());
            fn show(f: &Frame, d: usize) {
                println!(
                    "{}{} {} {} own {}",
                    "  ".repeat(d),
                    &f.contract[..6.min(f.contract.len())],
                    f.function,
                    f.instructions,
                    f.own_instructions()
                );
                for x in &f.calls {
                    show(x, d + 1)
                }
            }
            if let Some(f) = c.last_profile() {
                show(&f, 0);
            }
        }
    }
    c.restore(&snap);
    let r = v.fill(
        &keeper,
        sys.market.xlm.address(),
        sys.market.usdc.address(),
        q.step.min_proceeds,
        q.step.sell,
    );
    fn show(f: &Frame, d: usize) {
        println!(
            "{}{} {} {} own {}",
            "  ".repeat(d),
            &f.contract[..6.min(f.contract.len())],
            f.function,
            f.instructions,
            f.own_instructions()
        );
        for x in &f.calls {
            show(x, d + 1)
        }
    }
    println!("fill {}", r.is_ok());
    if let Some(f) = c.last_profile() {
        show(&f, 0);
    }
    // bare
    c.restore(&snap);
    let bob = sys.market.borrower("bob", 200_000 * ONE, 26_000 * ONE);
    let mut tot = 0;
    let m = &sys.market;
    m.pool.withdraw(&bob, m.xlm.address(), q.step.sell).unwrap();
    tot += c.last_cost().instructions;
    println!("w {}", c.last_cost().instructions);
    m.amm.swap(&bob, m.xlm.address(), q.step.sell, 1).unwrap();
    tot += c.last_cost().instructions;
    println!("s {}", c.last_cost().instructions);
    m.pool
        .repay(&bob, m.usdc.address(), q.step.min_proceeds)
        .unwrap();
    tot += c.last_cost().instructions;
    println!("r {}", c.last_cost().instructions);
    println!("bare {tot}");
}
