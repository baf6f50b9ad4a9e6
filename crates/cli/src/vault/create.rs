//! `ballast vault create`.

use super::{
    arguments::Create,
    report,
    run::{failure, print_json, Cost},
    session::Actor,
};
use crate::{output, Failure};
use ballast_client::factory;
use ballast_core::policy::Policy;
use serde::Serialize;

/// For programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    action: &'static str,
    dry_run: bool,
    vault: String,
    owner: String,
    pool: String,
    version: u32,
    nonce: u32,
    transaction: Cost,
}

/// Deploys a vault.
pub async fn run(arguments: &Create) -> Result<(), Failure> {
    let policy = arguments.policy.apply(Policy::BALANCED.into())?;
    // The factory says only that the policy is invalid.
    if let Err(rule) = policy.core.validate(0) {
        let code = ballast_client::ContractError::vault(rule as u32);
        return Err(anyhow::anyhow!("{code}").into());
    }
    let actor = Actor::open(&arguments.network, &arguments.signing).await?;
    let client = &actor.session.client;
    let (factory, pool) = (actor.session.factory()?, actor.session.pool()?);
    let version = match arguments.version {
        Some(version) => version,
        None => {
            let count = client.view(&factory::version_count(factory)).await?;
            count
                .checked_sub(1)
                .ok_or_else(|| anyhow::anyhow!("the factory lists no version yet"))?
        }
    };
    let owner = actor.address();
    let call = factory::create(factory, &owner, pool, version, &policy, arguments.nonce);
    let (vault, cost) = if actor.dry_run {
        let prepared = client.prepare(actor.keys(), &call).await.map_err(failure)?;
        (prepared.value.clone(), Cost::expected(&prepared))
    } else {
        let done = client.invoke(actor.keys(), &call).await.map_err(failure)?;
        (done.value.clone(), Cost::charged(&done))
    };
    if actor.session.json {
        return print_json(&Told {
            action: "create",
            dry_run: actor.dry_run,
            vault: vault.to_string(),
            owner: owner.to_string(),
            pool: pool.to_string(),
            version,
            nonce: arguments.nonce,
            transaction: cost,
        });
    }
    let text = format!(
        "create a vault: {}vault {vault}\nowner {owner}\n",
        report::cost(&cost)
    );
    Ok(output::print(&text)?)
}
