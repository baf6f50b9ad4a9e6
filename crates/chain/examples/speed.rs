//! How fast calls run: `cargo run --release -p ballast-chain --example speed`.

use ballast_chain::{blend::request, market::ONE, Chain, Market, MarketSetup, Metering};
use std::time::Instant;

fn timed<T>(name: &str, times: u32, mut run: impl FnMut() -> T) {
    let start = Instant::now();
    for _ in 0..times {
        run();
    }
    let each = start.elapsed() / times;
    println!("{name:<40} {:>10.3} ms", each.as_secs_f64() * 1e3);
}

fn main() {
    timed("Chain::new", 5, Chain::new);
    timed("Market::new", 3, || Market::new(&MarketSetup::default()));
    timed("Market::standard, first", 1, Market::standard);
    timed("Market::standard", 5, Market::standard);
    let market = Market::standard();
    let chain = &market.chain;
    let mut price = 0.36;
    let mut round = |name: &str| {
        timed(name, 2_500, || {
            chain.advance_seconds(300);
            price *= 1.0001;
            market.set_price((price * 1e14) as i128);
            market.oracle.last_price(market.xlm.address())
        })
    };
    round("set_round + lastprice");
    round("set_round + lastprice, later");
    println!("entries {}", chain.entry_count());

    let trader = market.trader("trader", 10_000_000 * ONE, 10_000_000 * ONE);
    timed("Comet swap", 200, || {
        market
            .amm
            .swap(&trader, market.xlm.address(), 100 * ONE, 0)
            .unwrap();
    });
    println!("{:?}", chain.last_cost());
    let borrower = market.borrower("borrower", 100_000 * ONE, 10_000 * ONE);
    timed("pool.submit repay", 200, || {
        market
            .pool
            .repay(&borrower, market.usdc.address(), 10 * ONE)
            .unwrap();
    });
    println!("{:?}", chain.last_cost());
    timed("pool.submit withdraw", 200, || {
        market
            .pool
            .withdraw(&borrower, market.xlm.address(), 10 * ONE)
            .unwrap();
    });
    println!("{:?}", chain.last_cost());
    timed("pool.get_positions", 200, || {
        market.pool.positions(borrower.address())
    });
    println!("{:?}", chain.last_cost());
    timed("oracle.lastprice", 200, || {
        market.oracle.last_price(market.xlm.address())
    });
    println!("{:?}", chain.last_cost());

    println!("exact:");
    chain.set_metering(Metering::Exact);
    timed("pool.submit repay", 200, || {
        market
            .pool
            .repay(&borrower, market.usdc.address(), 10 * ONE)
            .unwrap();
    });
    println!("{:?}", chain.last_cost());
    timed("pool.submit withdraw", 200, || {
        market
            .pool
            .withdraw(&borrower, market.xlm.address(), 10 * ONE)
            .unwrap();
    });
    println!("{:?}", chain.last_cost());
    timed("pool.get_positions", 200, || {
        market.pool.positions(borrower.address())
    });
    println!("{:?}", chain.last_cost());
    timed("oracle.lastprice", 200, || {
        market.oracle.last_price(market.xlm.address())
    });
    println!("{:?}", chain.last_cost());
    timed("Comet swap", 200, || {
        market
            .amm
            .swap(&trader, market.xlm.address(), 100 * ONE, 0)
            .unwrap();
    });
    println!("{:?}", chain.last_cost());

    chain.set_profiling(true);
    let withdraw = request(request::WITHDRAW_COLLATERAL, market.xlm.address(), ONE);
    market.pool.submit(&borrower, &[withdraw]).unwrap();
    println!("{:#?}", chain.last_profile());
}
