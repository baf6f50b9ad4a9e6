//! The story: who borrows, what the price does, who acts, what is left.

use super::{
    keeper::{pass, Running},
    liquidator,
    stage::{request, say, scaled, short, Stage, DECIMALS, LEDGER_SECONDS},
};
use crate::{report::new_table, vault::percent};
use anyhow::bail;
use ballast_client::{amount, factory, value::Address, vault, Done, Error};
use ballast_core::{fixed::ONE_E7, policy::Policy};
use ballast_keeper::tell::{ratio, Chart, Colour, DecisionDocument, Line, Mark, Width};
use ballast_risk::{bars::Bars, time};
use comfy_table::CellAlignment;

/// What each borrower brings, XLM.
const COLLATERAL: i128 = 50_000_0000000;
/// What a stranger tries to take, XLM.
const THEFT: i128 = 1_0000000;
/// Where both begin, share of what the pool lends.
const BEGIN_E7: i128 = 0_9200000;
/// Seconds from round to round of the oracle, and of a bar.
const ROUND_SECONDS: u64 = 300;
/// Ledgers that pass at once while nobody has anything to do.
const QUIET_LEDGERS: u64 = 12;
/// Nearer than this to the soft threshold, and every ledger is played.
const NEAR_E7: i128 = 0_0300000;

/// What happened, for the end.
pub struct Story {
    pub vault: Address,
    twin: Address,
    soft_e7: i128,
    price: Vec<(u64, f64)>,
    risks: [Vec<(u64, f64)>; 2],
    marks: Vec<(Mark, u64, f64)>,
    steps: Vec<DecisionDocument>,
    round: String,
}

/// A borrower opens a vault; another one, the twin, does the same without one.
pub async fn borrow(stage: &Stage) -> anyhow::Result<Story> {
    say("\n1. A borrower opens a vault, deposits XLM and borrows USDC; a twin does the same without a vault\n")?;
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
    let deposit = vault::deposit(&vault, &stage.xlm, COLLATERAL);
    let words = format!("deposit {} XLM", short(COLLATERAL));
    told(&words, &stage.invoke(&stage.borrower, &deposit).await?)?;
    let debt = stage.debt_at(COLLATERAL, BEGIN_E7).await?;
    let words = format!("borrow {} USDC", short(debt));
    let borrow = vault::borrow(&vault, &stage.usdc, debt, &owner);
    told(&words, &stage.invoke(&stage.borrower, &borrow).await?)?;
    let bare = stage.submit(
        &stage.twin,
        &[
            (request::SUPPLY_COLLATERAL, &stage.xlm, COLLATERAL),
            (request::BORROW, &stage.usdc, debt),
        ],
    );
    told(
        "the twin: the same",
        &stage.invoke(&stage.twin, &bare).await?,
    )?;
    let health = stage.health(&vault).await?;
    say(format!(
        "\n   vault {vault}\n   risk ratio {}: unwinding from {} down to {}, and at 100% the pool liquidates",
        percent(health.risk_ratio_e7),
        percent(health.soft_e7.into()),
        percent(health.target_e7.into()),
    ))?;
    // Somebody else cannot take anything out.
    let theft = vault::withdraw(&vault, &stage.xlm, THEFT, &stage.stranger.sc_address());
    match stage.client.invoke((&stage.stranger).into(), &theft).await {
        Err(Error::NoKey(_)) => {
            say("   a stranger who withdraws is refused: the owner's signature is missing")?;
        }
        Err(error) => return Err(error.into()),
        Ok(_) => bail!("a stranger has withdrawn"),
    }
    Ok(Story {
        vault,
        twin: stage.twin.sc_address(),
        soft_e7: health.soft_e7.into(),
        price: Vec::new(),
        risks: [Vec::new(), Vec::new()],
        marks: Vec::new(),
        steps: Vec::new(),
        round: String::new(),
    })
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

impl Story {
    /// The crash, round by round of the oracle: whatever happens is the keeper's and the liquidator's doing.
    pub async fn crash(
        &mut self,
        stage: &Stage,
        keeper: &mut Running,
        bars: &Bars,
    ) -> anyhow::Result<()> {
        say("\n3. XLM crashes, as it did on 2025-10-10; a liquidator watches both\n")?;
        let (_, began) = stage.now().await?;
        // On a sandbox of another time the crash begins now.
        let first = match (began..began + ROUND_SECONDS * 12).contains(&bars.start()) {
            true => bars.start(),
            false => began,
        };
        let scale = 10f64.powi(i32::try_from(stage.price_decimals).unwrap_or(0));
        self.note(keeper, began);
        for (number, bar) in (1..).zip(&bars.bars) {
            let due = first + number * ROUND_SECONDS;
            self.until(stage, keeper, due).await?;
            let price = (bar.close * scale) as i128;
            stage.publish(price).await?;
            let (ledger, now) = stage.now().await?;
            keeper.seen(ledger).await;
            self.price.push((now, bar.close));
            self.round = format!(
                "XLM {}",
                amount::format(price / 10_i128.pow(stage.price_decimals - 4), 4)
            );
            self.note(keeper, now);
        }
        let (_, now) = stage.now().await?;
        self.until(stage, keeper, now + ROUND_SECONDS).await
    }

    /// Lets time pass. Where somebody may act, ledger by ledger; else a minute at once.
    async fn until(&mut self, stage: &Stage, keeper: &mut Running, due: u64) -> anyhow::Result<()> {
        let (_, mut now) = stage.now().await?;
        while now < due {
            let left = (due - now).div_ceil(LEDGER_SECONDS);
            let ledgers = match self.is_tense(keeper) {
                true => {
                    stage.breathe().await;
                    1
                }
                false => left.min(QUIET_LEDGERS),
            };
            now = pass(stage, keeper, ledgers).await?;
            self.note(keeper, now);
            for who in [self.vault.clone(), self.twin.clone()] {
                // Where nothing is owed any more afterwards there is no risk to draw it at.
                let risk = keeper.risk_e7(&who).map_or(0.0, ratio);
                if let Some(done) = liquidator::look(stage, keeper, &who).await? {
                    let whose = if who == self.vault { "vault" } else { "twin" };
                    self.marks.push((done.mark, now, risk));
                    self.tell(now, &format!("liquidator, {whose}: {}", done.words))?;
                }
            }
            for step in keeper.steps().await? {
                self.step(step)?;
            }
        }
        Ok(())
    }

    /// Whether somebody may act now.
    fn is_tense(&self, keeper: &Running) -> bool {
        let near = |who: &Address, limit: i128| {
            keeper
                .risk_e7(who)
                .is_some_and(|risk| risk >= limit - NEAR_E7)
        };
        let state = keeper.view.state();
        let auctions =
            state.is_some_and(|state| state.pools.iter().any(|pool| !pool.auctions.is_empty()));
        auctions || keeper.is_busy() || near(&self.vault, self.soft_e7) || near(&self.twin, ONE_E7)
    }

    fn note(&mut self, keeper: &Running, now: u64) {
        for (line, who) in self.risks.iter_mut().zip([&self.vault, &self.twin]) {
            // Without debt there is no risk, and the line ends.
            line.push((now, keeper.risk_e7(who).map_or(f64::NAN, ratio)));
        }
    }

    fn tell(&self, now: u64, words: &str) -> anyhow::Result<()> {
        say(format!(
            "   {}  {:<11} {words}",
            time::formatted(now, "%H:%M:%S"),
            self.round
        ))
    }

    fn step(&mut self, step: DecisionDocument) -> anyhow::Result<()> {
        let now = time::parse(&step.at)?;
        let number = |text: &Option<String>| {
            text.as_deref()
                .and_then(|text| text.parse().ok())
                .unwrap_or(0)
        };
        let shown = |ratio: &Option<String>| {
            let value = ratio
                .as_deref()
                .and_then(|ratio| amount::parse(ratio, DECIMALS).ok());
            value.map_or("no bound".into(), percent)
        };
        let (sold, repaid) = (number(&step.sell), number(&step.repay));
        let what = if step.rescue {
            "rescue from the auction"
        } else {
            "step"
        };
        let words = format!(
            "keeper, vault: {what}, {} USDC for {} XLM; risk ratio {} -> {}",
            short(repaid),
            short(sold),
            shown(&step.risk_ratio),
            shown(&step.risk_ratio_after),
        );
        let at = step
            .risk_ratio
            .as_deref()
            .and_then(|ratio| ratio.parse().ok());
        let mark = if step.rescue {
            Mark::Rescue
        } else {
            Mark::Step
        };
        self.marks.push((mark, now, at.unwrap_or(0.0)));
        self.steps.push(step);
        self.tell(now, &words)
    }

    /// What is left of both.
    pub async fn ending(&self, stage: &Stage, keeper: &Running) -> anyhow::Result<()> {
        say("\n4. What is left\n")?;
        let vault = stage.position(&self.vault).await?;
        let twin = stage.position(&self.twin).await?;
        let usd = |value: i128| -> anyhow::Result<String> {
            Ok(short(scaled(
                value,
                10_000_000,
                10_i128.pow(stage.price_decimals),
            )?))
        };
        let mut table = new_table();
        table.set_header(["", "vault", "twin without one"]);
        table.add_row(["collateral, USD".to_owned(), usd(vault.0)?, usd(twin.0)?]);
        table.add_row(["debt, USD".to_owned(), usd(vault.1)?, usd(twin.1)?]);
        table.add_row([
            "equity, USD".to_owned(),
            usd(vault.0 - vault.1)?,
            usd(twin.0 - twin.1)?,
        ]);
        let risk = |who: &Address| keeper.risk_e7(who).map_or("no debt".into(), percent);
        let risks = [&self.vault, &self.twin].map(risk);
        let [of_vault, of_twin] = risks;
        table.add_row(["risk ratio".to_owned(), of_vault, of_twin]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        say(table.to_string())?;
        let difference = (vault.0 - vault.1) - (twin.0 - twin.1);
        say(format!(
            "   the vault has {} USD {} than its twin, after {} steps of the keeper",
            usd(difference.abs())?,
            if difference < 0 { "less" } else { "more" },
            self.steps.len(),
        ))
    }

    /// All of it, drawn.
    pub fn picture(&self) -> anyhow::Result<Option<String>> {
        let [vault, twin] = self.risks.clone();
        let line = |name: &str, colour, points| Line {
            name: name.to_owned(),
            colour,
            points,
        };
        let chart = Chart {
            title: "A vault with a keeper beside its twin without one, 2025-10-10".to_owned(),
            prices: vec![line(
                "XLM, USD, as the oracle has it",
                Colour::Ink,
                self.price.clone(),
            )],
            risks: vec![
                line("twin: risk ratio", Colour::Bare, twin),
                line("vault: risk ratio", Colour::Vault, vault),
            ],
            marks: self.marks.clone(),
        };
        Ok(chart.svg(Width::Wide)?)
    }
}

fn told<T>(words: &str, done: &Done<T>) -> anyhow::Result<()> {
    let fee = amount::format(done.fee_charged.into(), DECIMALS);
    say(format!(
        "   {words:<28} ledger {}, fee {fee} XLM",
        done.ledger
    ))
}
