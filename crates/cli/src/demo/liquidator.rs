//! A liquidator, as bots are: it opens an auction as soon as the pool lets it, and fills it when its margin is met,
//! whoever's position it is.

use super::{
    keeper::Running,
    stage::{request, scaled, short, Stage},
};
use anyhow::bail;
use ballast_client::{pool, value::Address};
use ballast_core::{auction::FILLER_MARGIN_E7, fixed::ONE_E7};
use ballast_keeper::tell::{AuctionState, Mark};

/// More than a position holds: the pool takes what there is.
const EVERYTHING: i128 = i128::MAX / 2;
/// What is repaid on top of the bid's value at the dollar's price, 7 decimals: the pool gives the rest back.
const REPAY_HEADROOM_E7: i128 = 0_0100000;

/// What it did.
pub struct Done {
    pub mark: Mark,
    pub words: String,
}

/// Looks at somebody, and acts if it may.
pub async fn look(stage: &Stage, keeper: &Running, who: &Address) -> anyhow::Result<Option<Done>> {
    let Some(state) = keeper.view.state() else {
        return Ok(None);
    };
    let auction = state
        .pools
        .iter()
        .find_map(|pool| pool.auction_of(who))
        .cloned();
    match auction {
        None if keeper.risk_e7(who).is_some_and(|risk_e7| risk_e7 > ONE_E7) => {
            let percent = open(stage, who).await?;
            Ok(percent.map(|percent| Done {
                mark: Mark::Auction,
                words: format!("opens an auction of {percent}% of the position"),
            }))
        }
        Some(auction) => fill(stage, who, &auction).await,
        None => Ok(None),
    }
}

/// The largest auction that the pool accepts: its share of the position, percent. None if the pool does not let it.
async fn open(stage: &Stage, who: &Address) -> anyhow::Result<Option<u32>> {
    let (bid, lot) = ([stage.usdc.clone()], [stage.xlm.clone()]);
    let (mut low, mut high) = (1, 100);
    let mut middle = high;
    while low <= high {
        let call = pool::new_auction(&stage.pool, who, &bid, &lot, middle);
        match stage
            .client
            .prepare((&stage.liquidator).into(), &call)
            .await
        {
            Ok(_) => {
                stage.invoke(&stage.liquidator, &call).await?;
                return Ok(Some(middle));
            }
            Err(error) => match error.contract().and_then(|error| error.name()) {
                Some("InvalidLiqTooLarge") => high = middle - 1,
                Some("InvalidLiqTooSmall") => low = middle + 1,
                // Healthy again to the last digit.
                Some(_) => return Ok(None),
                None => bail!(error),
            },
        }
        middle = (low + high) / 2;
    }
    Ok(None)
}

/// The whole auction, if it pays: debt taken over and repaid, collateral withdrawn, in one call.
async fn fill(
    stage: &Stage,
    who: &Address,
    auction: &AuctionState,
) -> anyhow::Result<Option<Done>> {
    let Some(terms) = &auction.terms else {
        return Ok(None);
    };
    let asked = scaled(terms.bid_value, ONE_E7 + FILLER_MARGIN_E7, ONE_E7)?;
    if terms.lot_value == 0 || terms.lot_value < asked {
        return Ok(None);
    }
    let price = stage.price(&stage.usdc).await?;
    let repay = scaled(terms.bid_value, 10_i128.pow(super::stage::DECIMALS), price)?;
    let repay = scaled(repay, ONE_E7 + REPAY_HEADROOM_E7, ONE_E7)?;
    let call = stage.submit(
        &stage.liquidator,
        &[
            (request::FILL_LIQUIDATION, who, 100),
            (request::REPAY, &stage.usdc, repay),
            (request::WITHDRAW_COLLATERAL, &stage.xlm, EVERYTHING),
        ],
    );
    stage.invoke(&stage.liquidator, &call).await?;
    let value = |value: i128| {
        let cents = scaled(value, 10_000_000, 10_i128.pow(stage.price_decimals));
        cents.map(short)
    };
    Ok(Some(Done {
        mark: Mark::Filled,
        words: format!(
            "fills the auction at age {}: takes {} USD of XLM for {} USD of debt",
            auction.age_ledgers,
            value(terms.lot_value)?,
            value(terms.bid_value)?
        ),
    }))
}
