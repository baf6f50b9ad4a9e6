//! The story, act by act.

use super::stage::{say, short, Stage, DECIMALS};
use crate::{report::new_table, vault::percent};
use anyhow::{bail, Context};
use ballast_client::{
    amount, factory, lens, pool,
    value::{Address, StepQuote, StepReport},
    vault, Done, Error, Keys,
};
use ballast_core::{
    fixed::{mul_div_floor, ONE_E7},
    policy::Policy,
};
use comfy_table::CellAlignment;

/// What the borrower brings, XLM.
const COLLATERAL: i128 = 50_000_0000000;
/// What a stranger tries to take, XLM.
const THEFT: i128 = 1_0000000;
/// Where the borrower begins, share of what the pool lends.
const BEGIN_E7: i128 = 0_9000000;
/// What XLM loses from one round of the oracle to the next.
const FALL_E7: i128 = 0_0200000;
/// Rounds that it falls for, at most.
const ROUNDS: u32 = 8;
/// Risk ratio that the leap leads to.
const LEAP_E7: i128 = 1_0150000;
/// Seconds from round to round.
const ROUND_SECONDS: u64 = 300;
/// Ledgers between two looks at an auction.
const LOOK_LEDGERS: u32 = 15;
/// Looks at an auction, at most: it is over after 400 ledgers.
const LOOKS: u32 = 26;
/// What a keeper's call may take to arrive, seconds.
const DEADLINE_SECONDS: u64 = 600;

/// The borrower opens a vault and borrows.
pub async fn borrow(stage: &mut Stage) -> anyhow::Result<()> {
    say("\n1. A borrower opens a vault, deposits XLM and borrows USDC\n")?;
    let owner = stage.borrower.sc_address();
    let policy = Policy::BALANCED.into();
    let version = stage
        .client
        .view(&factory::version_count(&stage.factory))
        .await?
        - 1;
    let nonce = free_nonce(stage, &owner).await?;
    let create = factory::create(&stage.factory, &owner, &stage.pool, version, &policy, nonce);
    let created = stage.invoke(&stage.borrower, &create).await?;
    told("create a vault", &created)?;
    let vault = created.value;
    stage.vault = Some(vault.clone());
    let deposit = vault::deposit(&vault, &stage.xlm, COLLATERAL);
    let words = format!("deposit {} XLM", short(COLLATERAL));
    told(&words, &stage.invoke(&stage.borrower, &deposit).await?)?;
    let debt = debt_at(stage, BEGIN_E7).await?;
    let words = format!("borrow {} USDC", short(debt));
    let borrow = vault::borrow(&vault, &stage.usdc, debt, &owner);
    told(&words, &stage.invoke(&stage.borrower, &borrow).await?)?;
    let health = stage.health().await?;
    say(format!(
        "\n   vault {vault}\n   risk ratio {}: unwinding from {} down to {}, and at 100% the pool liquidates",
        percent(health.risk_ratio_e7),
        percent(health.soft_e7.into()),
        percent(health.target_e7.into()),
    ))?;
    // Somebody else cannot take anything out.
    let theft = vault::withdraw(&vault, &stage.xlm, THEFT, &stage.keeper.sc_address());
    match stage.client.invoke((&stage.keeper).into(), &theft).await {
        Err(Error::NoKey(_)) => {
            say("   a stranger who withdraws is refused: the owner's signature is missing")
        }
        Err(error) => Err(error.into()),
        Ok(_) => bail!("a stranger has withdrawn"),
    }
}

/// The first nonce of which the owner has no vault: on a sandbox that runs there may be some.
async fn free_nonce(stage: &Stage, owner: &Address) -> anyhow::Result<u32> {
    let mut nonce = 0;
    loop {
        let place = factory::vault_address(&stage.factory, owner, &stage.pool, nonce);
        let place = stage.client.view(&place).await?;
        let taken = factory::is_vault(&stage.factory, &place);
        if !stage.client.view(&taken).await? {
            return Ok(nonce);
        }
        nonce += 1;
    }
}

/// The debt that makes a risk ratio of the collateral.
async fn debt_at(stage: &Stage, risk_e7: i128) -> anyhow::Result<i128> {
    let collateral = stage
        .client
        .view(&pool::reserve(&stage.pool, &stage.xlm))
        .await?;
    let debt = stage
        .client
        .view(&pool::reserve(&stage.pool, &stage.usdc))
        .await?;
    let (xlm, usdc) = (
        stage.price(&stage.xlm).await?,
        stage.price(&stage.usdc).await?,
    );
    let amount = || {
        let value = mul_div_floor(COLLATERAL, xlm, usdc)?;
        let lent = mul_div_floor(value, collateral.c_factor.into(), ONE_E7)?;
        let lent = mul_div_floor(lent, debt.l_factor.into(), ONE_E7)?;
        mul_div_floor(lent, risk_e7, ONE_E7)
    };
    amount().map_err(|error| anyhow::anyhow!("{error:?}"))
}

/// XLM falls, round by round, until a keeper has acted. The floor takes the higher price of two rounds, so
/// the keeper waits for one that holds.
pub async fn fall(stage: &Stage) -> anyhow::Result<()> {
    say("\n2. XLM falls by 2% a round of the oracle, until the vault lets a keeper act\n")?;
    let mut table = new_table();
    table.set_header(["round", "XLM, USD", "risk ratio", "keeper"]);
    let mut acted = None;
    let mut price = stage.price(&stage.xlm).await?;
    let mut holds = false;
    for round in 1..=ROUNDS {
        if !holds {
            price = scaled(price, ONE_E7 - FALL_E7, ONE_E7)?;
        }
        stage.wait(ROUND_SECONDS).await?;
        stage.publish(price).await?;
        let risk = stage.health().await?.risk_ratio_e7;
        let quoted = quote(stage).await?;
        let words = match &quoted {
            Err(name) => (*name).to_owned(),
            Ok(_) if !holds => "waits: the floor is still the last round's".to_owned(),
            Ok(quote) => format!("may take {} XLM", short(quote.step.sell)),
        };
        table.add_row([
            round.to_string(),
            amount::format(price, stage.price_decimals),
            percent(risk),
            words,
        ]);
        match quoted {
            Ok(quote) if holds => {
                acted = Some(quote);
                break;
            }
            quoted => holds = quoted.is_ok(),
        }
    }
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    say(table.to_string())?;
    let quote = acted.context("no keeper could act")?;
    let done = fill(stage, &quote).await?;
    step("step", &done, price, stage)?;
    say(format!(
        "   {} (keeper) has signed the call and its transfer; {} has sent it and paid the fee",
        brief(&stage.keeper.sc_address()),
        brief(&stage.relay.sc_address()),
    ))
}

/// XLM leaps down; an auction opens; the keeper leaves it for the vault.
pub async fn leap(stage: &Stage) -> anyhow::Result<()> {
    say("\n3. XLM leaps down, and a liquidator opens an auction\n")?;
    let risk = stage.health().await?.risk_ratio_e7;
    let price = scaled(stage.price(&stage.xlm).await?, risk, LEAP_E7)?;
    stage.wait(ROUND_SECONDS).await?;
    stage.publish(price).await?;
    let risk = stage.health().await?.risk_ratio_e7;
    say(format!(
        "   XLM at {}: risk ratio {}",
        amount::format(price, stage.price_decimals),
        percent(risk)
    ))?;
    let percent_of_it = open_auction(stage).await?;
    let start = stage
        .health()
        .await?
        .auction_start_ledger
        .context("no auction")?;
    say(format!(
        "   auction of {percent_of_it}% of the position, from ledger {start}"
    ))?;
    for _ in 0..LOOKS {
        let (ledger, _) = stage.now().await?;
        let when = format!(
            "   ledger {ledger} ({:+})",
            i64::from(ledger) - i64::from(start)
        );
        match quote(stage).await? {
            Err(name) => say(format!("{when}: {name}"))?,
            Ok(quote) => {
                let (asked, taken) = (quote.step.min_proceeds, quote.step.sell);
                let worth = scaled(taken, price, 10_i128.pow(stage.price_decimals))?;
                let words = format!(
                    "{when}: {} USDC for {} XLM (worth {})",
                    short(asked),
                    short(taken),
                    short(worth)
                );
                if asked >= worth {
                    // Early in an auction the vault asks a premium, which falls with the clock.
                    say(format!("{words}: the keeper waits"))?;
                } else {
                    say(words)?;
                    let done = fill(stage, &quote).await?;
                    step("rescue", &done, price, stage)?;
                    let open = stage.health().await?.auction_start_ledger.is_some();
                    return say(match open {
                        true => "   the auction is still open",
                        false => "   the auction is gone",
                    });
                }
            }
        }
        stage.skip(LOOK_LEDGERS).await?;
    }
    say("   nobody could rescue it")
}

/// What is left.
pub async fn balance(stage: &Stage) -> anyhow::Result<()> {
    say("\n4. What is left\n")?;
    let (collateral, debt) = stage.position().await?;
    let health = stage.health().await?;
    let value = |value: i128| {
        amount::format(
            value / 10_i128.pow(stage.price_decimals.saturating_sub(2)),
            2,
        )
    };
    let mut table = new_table();
    table.set_header(["", "vault"]);
    table.add_row(["collateral, XLM".to_owned(), short(collateral)]);
    table.add_row(["debt, USDC".to_owned(), short(debt)]);
    table.add_row([
        "equity, USD".to_owned(),
        value(health.collateral_value - health.debt_value),
    ]);
    table.add_row(["risk ratio".to_owned(), percent(health.risk_ratio_e7)]);
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    say(table.to_string())
}

/// A step that the vault accepts from a keeper now, or the name of the vault's reason.
async fn quote(stage: &Stage) -> anyhow::Result<Result<StepQuote, &'static str>> {
    match stage
        .client
        .view(&lens::quote_fill(&stage.lens, stage.vault()?))
        .await
    {
        Ok(quote) => Ok(Ok(quote)),
        Err(error) => match error.contract().and_then(|error| error.name()) {
            Some(name) => Ok(Err(name)),
            None => Err(error.into()),
        },
    }
}

/// The keeper signs, and somebody else sends.
async fn fill(stage: &Stage, quote: &StepQuote) -> anyhow::Result<Done<StepReport>> {
    let (_, time) = stage.now().await?;
    let step = &quote.step;
    let call = vault::fill(
        stage.vault()?,
        &stage.keeper.sc_address(),
        &step.collateral,
        &step.debt,
        step.min_proceeds,
        step.sell,
        time + DEADLINE_SECONDS,
    );
    let sender = stage.relay.sc_address();
    let keys = std::slice::from_ref(&stage.keeper);
    let signed = stage
        .client
        .sign_authorizations(&sender, keys, &call)
        .await?;
    let keys = Keys::from(&stage.relay);
    Ok(stage.client.invoke(keys, &call.authorized(signed)).await?)
}

/// The largest auction that the pool accepts. Returns its share of the position, percent.
async fn open_auction(stage: &Stage) -> anyhow::Result<u32> {
    let (bid, lot) = ([stage.usdc.clone()], [stage.xlm.clone()]);
    let call = |percent| {
        Ok::<_, anyhow::Error>(pool::new_auction(
            &stage.pool,
            stage.vault()?,
            &bid,
            &lot,
            percent,
        ))
    };
    let (mut low, mut high) = (1, 100);
    let mut middle = high;
    while low <= high {
        match stage
            .client
            .invoke((&stage.liquidator).into(), &call(middle)?)
            .await
        {
            Ok(_) => return Ok(middle),
            Err(error) => match error.contract().and_then(|error| error.name()) {
                Some("InvalidLiqTooLarge") => high = middle - 1,
                Some("InvalidLiqTooSmall") => low = middle + 1,
                _ => return Err(error.into()),
            },
        }
        middle = (low + high) / 2;
    }
    bail!("the pool accepts no auction")
}

fn told<T>(words: &str, done: &Done<T>) -> anyhow::Result<()> {
    let fee = amount::format(done.fee_charged.into(), DECIMALS);
    say(format!(
        "   {words:<28} ledger {}, fee {fee} XLM",
        done.ledger
    ))
}

fn step(what: &str, done: &Done<StepReport>, price: i128, stage: &Stage) -> anyhow::Result<()> {
    let report = &done.value;
    let worth = scaled(report.sold, price, 10_i128.pow(stage.price_decimals))?;
    say(format!(
        "   {what} in ledger {}: the keeper brings {} USDC for {} XLM (worth {}); risk ratio {} -> {}",
        done.ledger,
        short(report.repaid),
        short(report.sold),
        short(worth),
        percent(report.risk_before_e7),
        percent(report.risk_after_e7),
    ))
}

/// `value * by / of`, rounded down.
fn scaled(value: i128, by: i128, of: i128) -> anyhow::Result<i128> {
    mul_div_floor(value, by, of).map_err(|error| anyhow::anyhow!("{error:?}"))
}

fn brief(address: &Address) -> String {
    let text = address.to_string();
    format!("{}..{}", &text[..4], &text[text.len() - 4..])
}
