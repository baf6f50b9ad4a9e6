//! `ballast vault deposit|borrow|repay|withdraw`.

use super::{
    arguments::{Deposit, Move, Repay, Withdraw},
    assets,
    forecast::Change,
    run::{act, Act},
    session::Actor,
};
use crate::Failure;
use ballast_client::value::Address;
use ballast_client::{lens, token, value::PositionLeg, vault};

/// Interest that may accrue until a repayment of everything arrives, one part in so many of the debt.
const INTEREST_MARGIN: i128 = 10_000;

/// Supplies collateral, or adds to the reserve.
pub async fn deposit(arguments: &Deposit) -> Result<(), Failure> {
    let actor = Actor::open(&arguments.network, &arguments.signing).await?;
    let asset = assets::named(&actor.session, &arguments.asset).await?;
    let amount = asset.parse(&arguments.amount)?;
    let vault = actor.vault(&arguments.which).await?;
    let (contract, words) = (&asset.contract, asset.words(amount));
    if arguments.reserve {
        let what = Act {
            action: "fundReserve",
            words: format!("add {words} to the reserve"),
            changes: Some(Vec::new()),
        };
        let call = vault::fund_reserve(&vault, &actor.address(), contract, amount);
        return act(&actor, what, &vault, &call).await;
    }
    let what = Act {
        action: "deposit",
        words: format!("deposit {words}"),
        changes: Some(vec![change(contract, amount, 0)]),
    };
    act(
        &actor,
        what,
        &vault,
        &vault::deposit(&vault, contract, amount),
    )
    .await
}

/// Borrows.
pub async fn borrow(arguments: &Move) -> Result<(), Failure> {
    let actor = Actor::open(&arguments.network, &arguments.signing).await?;
    let asset = assets::named(&actor.session, &arguments.asset).await?;
    let amount = asset.parse(&arguments.amount)?;
    let vault = actor.vault(&arguments.which).await?;
    let to = arguments.to.clone().unwrap_or_else(|| actor.address());
    let what = Act {
        action: "borrow",
        words: format!("borrow {}{}", asset.words(amount), receiver(&actor, &to)),
        changes: Some(vec![change(&asset.contract, 0, amount)]),
    };
    let call = vault::borrow(&vault, &asset.contract, amount, &to);
    act(&actor, what, &vault, &call).await
}

/// Repays.
pub async fn repay(arguments: &Repay) -> Result<(), Failure> {
    let actor = Actor::open(&arguments.network, &arguments.signing).await?;
    let asset = assets::named(&actor.session, &arguments.asset).await?;
    let vault = actor.vault(&arguments.which).await?;
    let contract = &asset.contract;
    let (amount, words) = match arguments.amount.as_str() {
        "max" => {
            let debt = leg(&actor, &vault, contract)
                .await?
                .map_or(0, |leg| leg.debt);
            if debt == 0 {
                return Err(anyhow::anyhow!("the vault owes no {}", asset.code).into());
            }
            // What exceeds the debt comes back.
            let amount = debt.saturating_add(debt / INTEREST_MARGIN + 1);
            let balance = token::balance(contract, &actor.address());
            let balance = actor.session.client.view(&balance).await?;
            let amount = amount.min(balance.max(debt));
            (
                amount,
                format!(
                    "repay all debt in {} (with {})",
                    asset.code,
                    asset.words(amount)
                ),
            )
        }
        text => {
            let amount = asset.parse(text)?;
            (amount, format!("repay {}", asset.words(amount)))
        }
    };
    let what = Act {
        action: "repay",
        words,
        changes: Some(vec![change(contract, 0, -amount)]),
    };
    let call = vault::repay(&vault, &actor.address(), contract, amount);
    act(&actor, what, &vault, &call).await
}

/// Withdraws collateral, or from the reserve.
pub async fn withdraw(arguments: &Withdraw) -> Result<(), Failure> {
    let actor = Actor::open(&arguments.network, &arguments.signing).await?;
    let asset = assets::named(&actor.session, &arguments.asset).await?;
    let vault = actor.vault(&arguments.which).await?;
    let to = arguments.to.clone().unwrap_or_else(|| actor.address());
    let contract = &asset.contract;
    let all = arguments.amount == "all";
    if arguments.reserve {
        let amount = match all {
            true => leg(&actor, &vault, contract)
                .await?
                .map_or(0, |leg| leg.reserve),
            false => asset.parse(&arguments.amount)?,
        };
        if amount == 0 {
            return Err(anyhow::anyhow!("the vault has no {} in reserve", asset.code).into());
        }
        let what = Act {
            action: "withdrawReserve",
            words: format!(
                "take {} out of the reserve{}",
                asset.words(amount),
                receiver(&actor, &to)
            ),
            changes: Some(Vec::new()),
        };
        let call = vault::withdraw_reserve(&vault, contract, amount, &to);
        return act(&actor, what, &vault, &call).await;
    }
    // The pool takes an amount above the balance for all of it.
    let (amount, words) = match all {
        true => (i128::MAX, format!("all {}", asset.code)),
        false => {
            let amount = asset.parse(&arguments.amount)?;
            (amount, asset.words(amount))
        }
    };
    let what = Act {
        action: "withdraw",
        words: format!("withdraw {words}{}", receiver(&actor, &to)),
        changes: Some(vec![change(contract, -amount, 0)]),
    };
    let call = vault::withdraw(&vault, contract, amount, &to);
    act(&actor, what, &vault, &call).await
}

fn change(asset: &Address, collateral: i128, debt: i128) -> Change {
    Change {
        asset: asset.clone(),
        collateral,
        debt,
    }
}

fn receiver(actor: &Actor, to: &Address) -> String {
    match *to == actor.address() {
        true => String::new(),
        false => format!(" to {to}"),
    }
}

async fn leg(
    actor: &Actor,
    vault: &Address,
    asset: &Address,
) -> Result<Option<PositionLeg>, Failure> {
    let session = &actor.session;
    let legs = session
        .client
        .view(&lens::position(session.lens()?, vault))
        .await?;
    if legs.is_empty() {
        return Err(anyhow::anyhow!("the vault has no position yet").into());
    }
    Ok(legs.into_iter().find(|leg| leg.asset == *asset))
}
