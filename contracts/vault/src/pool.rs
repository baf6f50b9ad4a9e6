//! Every call to Blend's pool, and the meaning of its errors.

use ballast_interfaces::blend::{FlashLoan, PoolClient, Positions, Request};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::request;
use soroban_sdk::auth::{ContractContext, InvokerContractAuthEntry, SubContractInvocation};
use soroban_sdk::{symbol_short, vec, Address, Env, IntoVal, InvokeError, Vec};

/// The batch of one pool call, kept in order.
pub struct Batch<'a> {
    env: &'a Env,
    requests: Vec<Request>,
}

impl<'a> Batch<'a> {
    /// Starts a batch; with an open auction by deleting it.
    pub fn new(env: &'a Env, auction_open: bool) -> Self {
        let mut batch = Batch {
            env,
            requests: Vec::new(env),
        };
        if auction_open {
            // Blend ignores the amount, and checks only that the address is one.
            batch = batch.push(
                request::DELETE_LIQUIDATION_AUCTION,
                &env.current_contract_address(),
                0,
            );
        }
        batch
    }

    /// A batch as it stands.
    pub fn of(env: &'a Env, requests: &Vec<Request>) -> Self {
        Batch {
            env,
            requests: requests.clone(),
        }
    }

    fn push(mut self, request_type: u32, asset: &Address, amount: i128) -> Self {
        self.requests.push_back(Request {
            request_type,
            address: asset.clone(),
            amount,
        });
        self
    }

    pub fn supply_collateral(self, asset: &Address, amount: i128) -> Self {
        self.push(request::SUPPLY_COLLATERAL, asset, amount)
    }

    pub fn withdraw_collateral(self, asset: &Address, amount: i128) -> Self {
        self.push(request::WITHDRAW_COLLATERAL, asset, amount)
    }

    pub fn borrow(self, asset: &Address, amount: i128) -> Self {
        self.push(request::BORROW, asset, amount)
    }

    pub fn repay(self, asset: &Address, amount: i128) -> Self {
        self.push(request::REPAY, asset, amount)
    }

    /// Submits a batch that takes nothing from the vault; the pool pays to `to`.
    pub fn submit(self, pool: &Address, to: &Address) -> Result<Positions, VaultError> {
        let vault = self.env.current_contract_address();
        settle(PoolClient::new(self.env, pool).try_submit(&vault, &vault, to, &self.requests))
    }

    /// Submits a batch for which the pool takes exactly `amount` of `asset` from the vault; the
    /// pool pays to `to`. The authorisation covers that one transfer in the very next call only.
    pub fn submit_paying(
        self,
        pool: &Address,
        asset: &Address,
        amount: i128,
        to: &Address,
    ) -> Result<Positions, VaultError> {
        let vault = self.env.current_contract_address();
        self.env.authorize_as_current_contract(vec![
            self.env,
            InvokerContractAuthEntry::Contract(SubContractInvocation {
                context: ContractContext {
                    contract: asset.clone(),
                    fn_name: symbol_short!("transfer"),
                    args: (vault, pool.clone(), amount).into_val(self.env),
                },
                sub_invocations: Vec::new(self.env),
            }),
        ]);
        self.submit(pool, to)
    }

    /// Submits a batch in which the pool nets what it takes against what it pays, token by token.
    pub fn submit_netting(self, pool: &Address) -> Result<Positions, VaultError> {
        let vault = self.env.current_contract_address();
        settle(PoolClient::new(self.env, pool).try_submit_with_allowance(
            &vault,
            &vault,
            &vault,
            &self.requests,
        ))
    }

    /// Runs the batch under a flash loan of `amount` of `asset` to `receiver`. The pool takes what
    /// the batch owes with `transfer_from`.
    pub fn flash_loan(
        self,
        pool: &Address,
        receiver: &Address,
        asset: &Address,
        amount: i128,
    ) -> Result<Positions, VaultError> {
        let loan = FlashLoan {
            contract: receiver.clone(),
            asset: asset.clone(),
            amount,
        };
        settle(PoolClient::new(self.env, pool).try_flash_loan(
            &self.env.current_contract_address(),
            &loan,
            &self.requests,
        ))
    }
}

/// Runs a batch without and, if the pool says that an auction is open, with its deletion in front:
/// the pool's word costs nothing where there is no auction, asking for one costs a call.
pub fn leaving_auction<T>(run: impl Fn(bool) -> Result<T, VaultError>) -> Result<T, VaultError> {
    match run(false) {
        Err(VaultError::AuctionOpen) => run(true),
        outcome => outcome,
    }
}

type Outcome<T, C> = Result<Result<T, C>, Result<soroban_sdk::Error, InvokeError>>;

/// A failed pool call is rolled back by the host; its code becomes the vault's.
pub fn settle<T, C>(outcome: Outcome<T, C>) -> Result<T, VaultError> {
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Err(Ok(error)) if error.is_type(soroban_sdk::xdr::ScErrorType::Contract) => {
            Err(match error.get_code() {
                1205 => VaultError::PoolUnhealthy,
                1206 => VaultError::PoolStatusForbids,
                1207 => VaultError::NoPoolLiquidity,
                1208 => VaultError::PoolMaxPositions,
                1210 => VaultError::PoolPriceInvalid,
                1212 => VaultError::AuctionOpen,
                1220 => VaultError::PoolSupplyCap,
                1223 => VaultError::PoolReserveDisabled,
                1224 => VaultError::PoolMinCollateral,
                _ => VaultError::PoolRefused,
            })
        }
        _ => Err(VaultError::PoolRefused),
    }
}
