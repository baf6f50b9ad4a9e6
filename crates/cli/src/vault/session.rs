//! A connection, what is where, and who acts.

use super::{
    arguments::{Network, Signing, View, Which},
    keys, misuse,
};
use crate::Failure;
use ballast_client::{
    factory,
    rpc::{Rpc, RpcOptions},
    value::Address,
    Client, Deployment, Fee, Keys, Options,
};
use ballast_transaction::KeyPair;
use std::time::Duration;

/// The longest pause between two looks at a transaction.
const POLL: Duration = Duration::from_millis(500);
/// The most that is bid unasked, stroops.
const MOST_FEE: u32 = 100_000;

/// A network, and what is deployed there.
pub struct Session {
    pub client: Client,
    pub deployment: Deployment,
    factory: Option<Address>,
    lens: Option<Address>,
    pool: Option<Address>,
    /// Whether the answer is JSON.
    pub json: bool,
}

/// Somebody who signs.
pub struct Actor {
    pub session: Session,
    pub key: KeyPair,
    pub dry_run: bool,
}

impl Session {
    /// Connects to the network that the arguments name.
    pub async fn open(network: &Network, signing: Option<&Signing>) -> Result<Self, Failure> {
        let deployment = deployment(network)?;
        Self::connect(network, deployment, signing).await
    }

    async fn connect(
        network: &Network,
        deployment: Deployment,
        signing: Option<&Signing>,
    ) -> Result<Self, Failure> {
        let url = network
            .rpc_url
            .as_deref()
            .or(deployment.rpc_url.as_deref())
            .ok_or_else(|| misuse("no RPC: name one with --rpc-url, or a file with --sandbox"))?;
        let passphrase = network
            .network_passphrase
            .as_deref()
            .or(deployment.network_passphrase.as_deref());
        let defaults = Options::default();
        let options = Options {
            fee: match signing.and_then(|signing| signing.fee) {
                Some(stroops) => Fee::Fixed(stroops),
                None => Fee::Usual { at_most: MOST_FEE },
            },
            patience: signing.map_or(defaults.patience, |signing| {
                Duration::from_secs(signing.wait)
            }),
            poll: POLL,
            ..defaults
        };
        let rpc =
            Rpc::new(url, RpcOptions::default()).map_err(|error| misuse(error.to_string()))?;
        let client = Client::connect(rpc, passphrase, options).await?;
        let named = |given: &Option<Address>, name: &str| {
            given.clone().or_else(|| deployment.contract(name).cloned())
        };
        Ok(Self {
            factory: named(&network.factory, "factory"),
            lens: named(&network.lens, "lens"),
            pool: named(&network.pool, "pool"),
            client,
            deployment,
            json: network.json,
        })
    }

    /// The factory.
    pub fn factory(&self) -> Result<&Address, Failure> {
        needed(self.factory.as_ref(), "factory")
    }

    /// The lens.
    pub fn lens(&self) -> Result<&Address, Failure> {
        needed(self.lens.as_ref(), "lens")
    }

    /// The pool.
    pub fn pool(&self) -> Result<&Address, Failure> {
        needed(self.pool.as_ref(), "pool")
    }

    /// The vault of this owner.
    pub async fn vault_of(&self, owner: &Address, nonce: u32) -> Result<Address, Failure> {
        let call = factory::vault_address(self.factory()?, owner, self.pool()?, nonce);
        let vault = self.client.view(&call).await?;
        let exists = factory::is_vault(self.factory()?, &vault);
        if !self.client.view(&exists).await? {
            return Err(anyhow::anyhow!(
                "{owner} has no vault {nonce} on this pool: `ballast vault create` makes one"
            )
            .into());
        }
        Ok(vault)
    }
}

impl Actor {
    /// Connects, with the key of whoever acts.
    pub async fn open(network: &Network, signing: &Signing) -> Result<Self, Failure> {
        let deployment = deployment(network)?;
        let key = keys::find(
            signing.key_file.as_deref(),
            signing.account.as_deref(),
            &deployment,
        )?
        .ok_or_else(keys::missing)?;
        Ok(Self {
            session: Session::connect(network, deployment, Some(signing)).await?,
            key,
            dry_run: signing.dry_run,
        })
    }

    /// Whoever acts.
    pub fn address(&self) -> Address {
        self.key.sc_address()
    }

    /// Who signs.
    pub fn keys(&self) -> Keys<'_> {
        Keys::from(&self.key)
    }

    /// The vault that is meant.
    pub async fn vault(&self, which: &Which) -> Result<Address, Failure> {
        match &which.vault {
            Some(vault) => Ok(vault.clone()),
            None => self.session.vault_of(&self.address(), which.nonce).await,
        }
    }
}

/// Connects to look at a vault.
pub async fn look(view: &View) -> Result<(Session, Address), Failure> {
    let deployment = deployment(&view.network)?;
    let owner = match (&view.vault, &view.owner) {
        (Some(_), _) => None,
        (None, Some(owner)) => Some(owner.clone()),
        (None, None) => {
            let key = keys::find(
                view.key_file.as_deref(),
                view.account.as_deref(),
                &deployment,
            )?;
            let key = key.ok_or_else(|| misuse("which vault? Name it with --vault or --owner"))?;
            Some(key.sc_address())
        }
    };
    let session = Session::connect(&view.network, deployment, None).await?;
    let vault = match (&view.vault, owner) {
        (Some(vault), _) => vault.clone(),
        (None, Some(owner)) => session.vault_of(&owner, view.nonce).await?,
        (None, None) => return Err(misuse("which vault? Name it with --vault or --owner")),
    };
    Ok((session, vault))
}

fn deployment(network: &Network) -> Result<Deployment, Failure> {
    match &network.sandbox {
        Some(file) => Ok(Deployment::read(file)?),
        None => Ok(Deployment::default()),
    }
}

fn needed<'a>(address: Option<&'a Address>, name: &str) -> Result<&'a Address, Failure> {
    address.ok_or_else(|| {
        misuse(format!(
            "where is the {name}? Name it with --{name}, or a file with --sandbox"
        ))
    })
}
