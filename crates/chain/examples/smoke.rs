use ballast_chain::*;
use ballast_chain::market::{ONE, USD};
use ballast_interfaces::vault::Path;
fn show(f:&Frame,d:usize){ println!("{}{} {} {} own {}", "  ".repeat(d), &f.contract[..6.min(f.contract.len())], f.function, f.instructions, f.own_instructions()); if d<1 { for x in &f.calls { show(x,d+1)} } }
fn main(){
    let sys = System::new(Market::new(&MarketSetup::default()));
    let c = sys.chain();
    let mut p = sys.policy();
    if std::env::args().nth(1).is_none() { p.use_previous_round=false; }
    let v = sys.vault_with_position("alice", &p, 139_000*ONE, 26_000*ONE);
    let keeper = sys.market.trader("keeper", 1_000_000*ONE, 1_000_000*ONE);
    let arb = sys.market.trader("arb", 10_000_000*ONE, 10_000_000*ONE);
    let price = USD*2780/10000;
    c.advance_ledgers(60); sys.market.set_price(price); sys.market.amm.move_price(&arb, 0.2780).unwrap();
    let snap = c.snapshot();
    // bare
    let q = v.quote_fill().unwrap(); println!("quote {}", c.last_cost().instructions);
    let bob = sys.market.borrower("bob", 200_000*ONE, 26_000*ONE);
    let mut tot=0; 
    let m=&sys.market;
    m.pool.withdraw(&bob, m.xlm.address(), q.step.sell).unwrap(); tot+=c.last_cost().instructions; 
    m.amm.swap(&bob, m.xlm.address(), q.step.sell, 1).unwrap(); tot+=c.last_cost().instructions;
    m.pool.repay(&bob, m.usdc.address(), q.step.min_proceeds).unwrap(); tot+=c.last_cost().instructions;
    println!("bare {tot}");
    c.restore(&snap);
    c.set_profiling(true);
    std::env::set_var("BALLAST_TRACKERS","1");
    v.fill(&keeper, sys.market.xlm.address(), sys.market.usdc.address(), q.step.min_proceeds, q.step.sell).unwrap();
    std::env::remove_var("BALLAST_TRACKERS");
    println!("fill {} {:.3}", c.last_cost().instructions, c.last_cost().instructions as f64/tot as f64);
    if let Some(f)=c.last_profile(){ show(&f,0); }
    for path in [Path::Plain, Path::Flash] {
        c.restore(&snap);
        let q = sys.quote_rebalance(&v, path).unwrap();
            v.rebalance(&keeper, &q.step).unwrap();
            println!("{path:?} {} {:.3}", c.last_cost().instructions, c.last_cost().instructions as f64/tot as f64);
            if let Some(f)=c.last_profile(){ show(&f,0); }
    }
}
