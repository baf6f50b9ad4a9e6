//! The machine's clock.

use crate::{
    stage::Stage,
    support::{units, World},
};

/// The network's clock is an hour ahead of this machine's, or behind it: what counts is the network's.
#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_stepped_whatever_this_machines_clock_says() {
    for seconds in [3_600, -3_600] {
        let world = World::start().await;
        world.sandbox.shift_clock(seconds);
        let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
        let mut stage = Stage::set(world).await;
        stage.run(3).await;
        stage.crash("0.324").await;
        assert!(stage.is_stepped(&vault, 1).await, "{seconds}");
    }
}
