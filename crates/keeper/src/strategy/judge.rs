use super::{fees::value_of, Action, Hold, Refused, Settings, Way};
use crate::model::{leg, Market, Shares};
use ballast_client::value::{Address, StepReport};
use ballast_core::{
    fixed::{mul_div_ceil, mul_div_floor, ONE_E7},
    health::Leg,
    Refusal,
};

/// Judges what the simulation says an action would do, at the fee (inclusion and resources) that it would
/// be sent with. Returns what is left to the keeper, base value. Of [`Way::Clear`] the report is not read.
///
/// # Errors
/// [`Hold::Unprofitable`] where it leaves less than the operator wants; for a sponsored vault where the
/// trade itself loses.
pub fn judge(
    settings: &Settings,
    market: &Market,
    action: &Action,
    report: &StepReport,
    fee_stroops: i64,
) -> Result<i128, Hold> {
    let fee = value_of(fee_stroops, action.lumen_price);
    let gain = match action.way {
        Way::Clear => 0,
        Way::Fill => gain_of_fill(market, action, report)?,
        Way::Plain | Way::Flash => leg_of(market, &action.debt)?.value_floor(report.reward)?,
    };
    let profit = gain.saturating_sub(fee);
    let least = mul_div_ceil(settings.min_profit_e7.max(0), market.price_scalar, ONE_E7)?;
    let pays = match action.sponsored {
        true => gain >= 0,
        false => profit >= least,
    };
    match pays {
        true => Ok(profit),
        false => Err(Hold::Unprofitable { best: profit }),
    }
}

/// The collateral that comes in, at what it is expected to fetch, less the debt that was paid.
fn gain_of_fill(market: &Market, action: &Action, report: &StepReport) -> Result<i128, Hold> {
    if report.sold == 0 {
        return Ok(0);
    }
    let worth = leg_of(market, &action.collateral)?.value_floor(report.sold)?;
    let paid = leg_of(market, &action.debt)?.value_ceil(report.repaid)?;
    Ok(mul_div_floor(worth, action.exit_e7, ONE_E7)? - paid)
}

/// The asset's price and decimals in the core's terms.
fn leg_of(market: &Market, asset: &Address) -> Result<Leg, Hold> {
    let reserve = market
        .reserve_of(asset)
        .ok_or(Hold::Refused(Refused::UNKNOWN_ASSET))?;
    let leg = leg(reserve, &Shares::default());
    match leg.price > 0 {
        true => Ok(leg),
        false => Err(Refusal::InvalidPrice.into()),
    }
}
