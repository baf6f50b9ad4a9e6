//! What the keeper must be able to hold: what a step pays, it pays in the debt's asset.

use ballast_client::{pool, value::Address, Call, Client, Deployment, Error};
use ballast_transaction::{asset, asset_contract_id};
use stellar_xdr::curr::{Asset, ScAddress};

/// An asset of the pool.
pub struct PoolAsset {
    /// Its contract.
    text: String,
    /// Its code in the deployment.
    code: Option<String>,
    /// What a trustline is made to; none of lumens and of tokens that are no asset of the network's.
    pub classic: Option<Asset>,
}

impl PoolAsset {
    /// As the configuration names it.
    pub fn name(&self) -> &str {
        self.code.as_deref().unwrap_or(&self.text)
    }
}

/// The assets of a pool.
pub async fn of_pool(
    client: &Client,
    pool: &Address,
    deployment: Option<&Deployment>,
) -> Result<Vec<PoolAsset>, Error> {
    let mut assets = Vec::new();
    for contract in client.view(&pool::reserve_list(pool)).await? {
        let name: String = client
            .view(&Call::new(&contract, "name", Vec::new()))
            .await?;
        let code = deployment.and_then(|deployment| deployment.code_of(&contract));
        assets.push(PoolAsset {
            code: code.map(str::to_owned),
            classic: classic(client, &contract, &name),
            text: contract.to_string(),
        });
    }
    Ok(assets)
}

/// `USDC:G...`, as the contract of an asset of the network calls itself. Any token may call itself so: what counts
/// is that the asset's contract is this one.
fn classic(client: &Client, contract: &Address, name: &str) -> Option<Asset> {
    let (code, issuer) = name.split_once(':')?;
    let issuer = match issuer.parse().ok()? {
        ScAddress::Account(account) => account,
        _ => return None,
    };
    if code.is_empty() || code.len() > 12 {
        return None;
    }
    let found = asset(code, issuer);
    let same = ScAddress::Contract(asset_contract_id(client.network(), found.clone())) == *contract;
    same.then_some(found)
}
