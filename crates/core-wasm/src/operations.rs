//! One function for each operation: reads the question, computes, writes the answer.

use core::sync::atomic::AtomicU64;

use ballast_core::policy::Policy;

use crate::answer::{write_policy, write_quote, Health};
use crate::code::Code;
use crate::question::{read_policy, Question};
use crate::view::{Prices, View};
use crate::words::Writer;
use crate::{limits, plan as plans};

type Words = [AtomicU64];

static PRESETS: [Policy; 3] = [Policy::EARLY, Policy::BALANCED, Policy::LATE];

/// Whether the vault takes a policy.
pub fn validate(words: &Words) -> Result<(), Code> {
    let (policy, resolution_seconds) = read_policy(words)?;
    policy.validate(resolution_seconds)?;
    Writer::new(words).finish();
    Ok(())
}

/// The presets.
pub fn presets(words: &Words) -> Result<(), Code> {
    crate::question::begin(words)?.finish()?;
    let mut writer = Writer::new(words);
    for policy in &PRESETS {
        write_policy(&mut writer, policy);
    }
    writer.finish();
    Ok(())
}

/// How a vault stands.
pub fn health(words: &Words) -> Result<(), Code> {
    let view = lens_view(&Question::read(words)?)?;
    let health = Health::of(&view)?;
    let mut writer = Writer::new(words);
    health.write(&mut writer);
    writer.finish();
    Ok(())
}

/// The cheapest step.
pub fn quote(words: &Words) -> Result<(), Code> {
    let question = Question::read(words)?;
    if !question.automation {
        return Err(Code::AUTOMATION_OFF);
    }
    let view = lens_view(&question)?;
    let quote = view.quote(question.path)?;
    let mut writer = Writer::new(words);
    write_quote(&mut writer, &view, &quote);
    writer.finish();
    Ok(())
}

/// What keepers do when a price moves.
pub fn plan(words: &Words) -> Result<(), Code> {
    let question = Question::read(words)?;
    let reserve = question.reserve.ok_or(Code::RESERVE)?;
    let view = lens_view(&question)?;
    let plan = plans::plan(view, reserve, question.amount, question.mode)?;
    let mut writer = Writer::new(words);
    plan.write(&mut writer);
    writer.finish();
    Ok(())
}

/// The open auction.
pub fn auction(words: &Words) -> Result<(), Code> {
    let question = Question::read(words)?;
    let terms = limits::auction(&question)?;
    let mut writer = Writer::new(words);
    terms.write(&mut writer);
    writer.finish();
    Ok(())
}

/// The most that can be borrowed or withdrawn.
pub fn most(words: &Words) -> Result<(), Code> {
    let question = Question::read(words)?;
    let reserve = question.reserve.ok_or(Code::RESERVE)?;
    let most = if question.mode {
        limits::most_withdrawal(&question, reserve)?
    } else {
        limits::most_loan(&question, reserve)?
    };
    let mut writer = Writer::new(words);
    writer.wide(most);
    writer.finish();
    Ok(())
}

/// The price at which a risk ratio is reached.
pub fn price(words: &Words) -> Result<(), Code> {
    let question = Question::read(words)?;
    let reserve = question.reserve.ok_or(Code::RESERVE)?;
    let view = lens_view(&question)?;
    view.totals()?;
    let price = match view.leg_of(reserve) {
        Some(leg) => view.position.price_at(leg, question.amount)?,
        None => None,
    };
    let mut writer = Writer::new(words);
    writer.maybe(price);
    writer.finish();
    Ok(())
}

/// What the lens sees.
fn lens_view(question: &Question<'_>) -> Result<View, Code> {
    let most_seconds = question.policy.max_price_age_seconds;
    View::load(question, Prices::Within(most_seconds), None)
}
