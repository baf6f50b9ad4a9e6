use ballast_core::policy::Policy;
use ballast_interfaces::error::FactoryError;
use ballast_interfaces::factory::{FactoryClient, Version};
use ballast_interfaces::vault::VaultPolicy;
use soroban_sdk::testutils::storage::Persistent as _;
use soroban_sdk::testutils::{
    Address as _, Deployer as _, EnvTestConfig, Events as _, Ledger as _,
};
use soroban_sdk::{contract, contractimpl, vec, Address, BytesN, Env, Event as _, Vec};

use crate::event::{
    AdminChanged, AdminProposed, CreationPauseChanged, VaultCreated, VersionListed,
};
use crate::storage::DataKey;
use crate::VaultFactory;

/// Stands for Blend's pool factory: every pool is its own but one.
#[contract]
struct BlendPoolFactory;

#[contractimpl]
impl BlendPoolFactory {
    pub fn __constructor(env: Env, stranger: Address) {
        env.storage().instance().set(&0, &stranger);
    }

    pub fn is_pool(env: Env, pool_id: Address) -> bool {
        env.storage().instance().get::<_, Address>(&0).unwrap() != pool_id
    }
}

/// Stands for the vault: a module with nothing but `__constructor(5 values)`, for protocol 22.
const VAULT_WASM: &[u8] = &[
    0, b'a', b's', b'm', 1, 0, 0, 0, // header
    1, 10, 1, 0x60, 5, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 1, 0x7e, // type: (i64 x 5) -> i64
    3, 2, 1, 0, // one function of it
    7, 17, 1, 13, b'_', b'_', b'c', b'o', b'n', b's', b't', b'r', b'u', b'c', b't', b'o', b'r', 0,
    0, // exported
    10, 6, 1, 4, 0, 0x42, 2, 0x0b, // returns void
    0, 30, 17, b'c', b'o', b'n', b't', b'r', b'a', b'c', b't', b'e', b'n', b'v', b'm', b'e', b't',
    b'a', b'v', b'0', 0, 0, 0, 0, 0, 0, 0, 22, 0, 0, 0, 0, // interface version
];

struct Fixture {
    env: Env,
    factory: FactoryClient<'static>,
    admin: Address,
    pool: Address,
    stranger: Address,
    version: Version,
}

fn fixture() -> Fixture {
    let env = Env::new_with_config(EnvTestConfig {
        capture_snapshot_at_drop: false,
    });
    env.mock_all_auths();
    let admin = Address::generate(&env);
    let stranger = Address::generate(&env);
    let blend = env.register(BlendPoolFactory, (stranger.clone(),));
    let factory = env.register(VaultFactory, (admin.clone(), blend.clone()));
    let factory = FactoryClient::new(&env, &factory);
    assert_eq!(factory.admin(), admin);
    assert_eq!(factory.blend_pool_factory(), blend);
    let pool = Address::generate(&env);
    let version = Version {
        wasm_hash: env.deployer().upload_contract_wasm(VAULT_WASM),
        receiver: Address::generate(&env),
    };
    Fixture {
        env,
        factory,
        admin,
        pool,
        stranger,
        version,
    }
}

fn policy() -> VaultPolicy {
    VaultPolicy::from_core(&Policy::BALANCED)
}

impl Fixture {
    fn create(
        &self,
        owner: &Address,
        pool: &Address,
        version: u32,
        nonce: u32,
    ) -> Result<Address, FactoryError> {
        match self
            .factory
            .try_create(owner, pool, &version, &policy(), &nonce)
        {
            Ok(vault) => Ok(vault.unwrap()),
            Err(error) => Err(error.unwrap()),
        }
    }

    /// The last call asked for this authorisation and no other.
    fn assert_authorised_by(&self, address: &Address) {
        let auths = self.env.auths();
        assert_eq!(auths.len(), 1);
        assert_eq!(&auths[0].0, address);
    }
}

#[test]
fn create_succeeds_at_the_announced_address() {
    let f = fixture();
    f.factory.list_version(&f.version);
    let owner = Address::generate(&f.env);
    let announced = f.factory.vault_address(&owner, &f.pool, &7);
    assert!(!f.factory.is_vault(&announced));

    let vault = f.create(&owner, &f.pool, 0, 7).unwrap();
    f.assert_authorised_by(&owner);
    let created = VaultCreated {
        owner,
        pool: f.pool.clone(),
        vault: vault.clone(),
        version: 0,
        nonce: 7,
    };
    assert_eq!(
        f.env.events().all().filter_by_contract(&f.factory.address),
        [created.to_xdr(&f.env, &f.factory.address)]
    );
    assert_eq!(vault, announced);
    assert!(f.factory.is_vault(&vault));
    assert_eq!(f.factory.vault_count(), 1);
}

#[test]
fn create_fails_when_paused_unlisted_foreign_or_taken() {
    let f = fixture();
    let owner = Address::generate(&f.env);
    assert_eq!(
        f.create(&owner, &f.pool, 0, 0),
        Err(FactoryError::UnknownVersion)
    );
    f.factory.list_version(&f.version);
    assert_eq!(
        f.create(&owner, &f.stranger, 0, 0),
        Err(FactoryError::NotABlendPool)
    );
    f.factory.set_creation_paused(&true);
    assert_eq!(
        f.create(&owner, &f.pool, 0, 0),
        Err(FactoryError::CreationPaused)
    );
    f.factory.set_creation_paused(&false);
    f.create(&owner, &f.pool, 0, 0).unwrap();
    assert_eq!(
        f.create(&owner, &f.pool, 0, 0),
        Err(FactoryError::VaultExists)
    );
    assert_eq!(f.factory.vault_count(), 1);
}

#[test]
fn create_fails_when_the_owner_does_not_authorise() {
    let f = fixture();
    f.factory.list_version(&f.version);
    f.env.set_auths(&[]);
    let owner = Address::generate(&f.env);
    assert!(f
        .factory
        .try_create(&owner, &f.pool, &0, &policy(), &0)
        .is_err());
}

#[test]
fn vault_address_differs_when_owner_pool_or_nonce_does() {
    let f = fixture();
    let owner = Address::generate(&f.env);
    let addresses = [
        f.factory.vault_address(&owner, &f.pool, &0),
        f.factory.vault_address(&owner, &f.pool, &1),
        f.factory.vault_address(&owner, &owner, &0),
        f.factory.vault_address(&f.pool, &owner, &0),
        f.factory.vault_address(&f.pool, &f.pool, &0),
    ];
    for (index, address) in addresses.iter().enumerate() {
        assert!(!addresses[..index].contains(address));
    }
}

#[test]
fn vaults_returns_pages_in_the_order_of_creation() {
    let f = fixture();
    // The SDK's limit on the footprint is 100 entries, the network's 400.
    f.env.cost_estimate().disable_resource_limits();
    f.factory.list_version(&f.version);
    let owner = Address::generate(&f.env);
    let mut created = Vec::new(&f.env);
    for nonce in 0..103 {
        created.push_back(f.create(&owner, &f.pool, 0, nonce).unwrap());
    }
    assert_eq!(f.factory.vaults(&0, &3), created.slice(0..3));
    assert_eq!(f.factory.vaults(&1, &2), created.slice(1..3));
    assert_eq!(f.factory.vaults(&0, &u32::MAX), created.slice(0..100));
    assert_eq!(f.factory.vaults(&100, &100), created.slice(100..103));
    assert_eq!(f.factory.vaults(&0, &0), vec![&f.env]);
    assert_eq!(f.factory.vaults(&103, &100), vec![&f.env]);
    assert_eq!(f.factory.vaults(&u32::MAX, &u32::MAX), vec![&f.env]);
}

#[test]
fn list_version_appends() {
    let f = fixture();
    assert_eq!(
        f.factory.try_version(&0),
        Err(Ok(FactoryError::UnknownVersion))
    );
    let second = Version {
        wasm_hash: BytesN::from_array(&f.env, &[2; 32]),
        ..f.version.clone()
    };
    assert_eq!(f.factory.list_version(&f.version), 0);
    assert_eq!(f.factory.list_version(&second), 1);
    f.assert_authorised_by(&f.admin);
    let listed = VersionListed {
        index: 1,
        wasm_hash: second.wasm_hash.clone(),
        receiver: second.receiver.clone(),
    };
    assert_eq!(
        f.env.events().all(),
        [listed.to_xdr(&f.env, &f.factory.address)]
    );
    assert_eq!(f.factory.version_count(), 2);
    assert_eq!(f.factory.version(&0), f.version);
    assert_eq!(f.factory.version(&1), second);
    assert_eq!(
        f.factory.try_version(&2),
        Err(Ok(FactoryError::UnknownVersion))
    );
}

#[test]
fn set_creation_paused_needs_the_admin() {
    let f = fixture();
    assert!(!f.factory.creation_paused());
    f.factory.set_creation_paused(&true);
    f.assert_authorised_by(&f.admin);
    let changed = CreationPauseChanged { paused: true };
    assert_eq!(
        f.env.events().all(),
        [changed.to_xdr(&f.env, &f.factory.address)]
    );
    assert!(f.factory.creation_paused());
}

#[test]
fn the_admins_calls_fail_when_the_admin_does_not_authorise() {
    let f = fixture();
    f.factory.propose_admin(&Address::generate(&f.env));
    f.env.set_auths(&[]);
    assert!(f.factory.try_list_version(&f.version).is_err());
    assert!(f.factory.try_set_creation_paused(&true).is_err());
    assert!(f.factory.try_propose_admin(&f.stranger).is_err());
    assert!(f.factory.try_accept_admin().is_err());
}

#[test]
fn accept_admin_succeeds_once_when_proposed() {
    let f = fixture();
    assert_eq!(
        f.factory.try_accept_admin(),
        Err(Ok(FactoryError::NoProposal))
    );
    let new_admin = Address::generate(&f.env);
    f.factory.propose_admin(&f.stranger);
    f.factory.propose_admin(&new_admin);
    f.assert_authorised_by(&f.admin);
    let proposed = AdminProposed {
        admin: f.admin.clone(),
        new_admin: new_admin.clone(),
    };
    assert_eq!(
        f.env.events().all(),
        [proposed.to_xdr(&f.env, &f.factory.address)]
    );
    assert_eq!(f.factory.admin(), f.admin);

    f.factory.accept_admin();
    f.assert_authorised_by(&new_admin);
    let changed = AdminChanged {
        old_admin: f.admin.clone(),
        new_admin: new_admin.clone(),
    };
    assert_eq!(
        f.env.events().all(),
        [changed.to_xdr(&f.env, &f.factory.address)]
    );
    assert_eq!(f.factory.admin(), new_admin);
    assert_eq!(
        f.factory.try_accept_admin(),
        Err(Ok(FactoryError::NoProposal))
    );
}

#[test]
fn extend_ttl_extends_the_factory_and_one_vaults_entries() {
    let f = fixture();
    // Mainnet's minimum and maximum.
    f.env.ledger().set_min_persistent_entry_ttl(2_073_600);
    f.env.ledger().set_max_entry_ttl(3_110_400);
    f.factory.list_version(&f.version);
    let vault = f.create(&Address::generate(&f.env), &f.pool, 0, 0).unwrap();
    let lifetimes = || {
        let instance = f
            .env
            .deployer()
            .get_contract_instance_ttl(&f.factory.address);
        f.env.as_contract(&f.factory.address, || {
            let persistent = f.env.storage().persistent();
            let is_vault = persistent.get_ttl(&DataKey::IsVault(vault.clone()));
            [instance, persistent.get_ttl(&DataKey::VaultAt(0)), is_vault]
        })
    };
    const FULL: u32 = 170 * 17_280;
    const MONTH: u32 = 30 * 17_280;
    assert_eq!(lifetimes(), [FULL; 3]);
    f.env.ledger().set_sequence_number(2 * MONTH);
    assert_eq!(lifetimes(), [FULL - 2 * MONTH; 3]);
    // No such vault: only the factory's own lifetime.
    f.factory.extend_ttl(&1);
    assert_eq!(lifetimes(), [FULL, FULL - 2 * MONTH, FULL - 2 * MONTH]);
    f.factory.extend_ttl(&0);
    assert_eq!(lifetimes(), [FULL; 3]);
}
