// Vaults of many shapes on a sandbox whose ledgers close when told to, and what happens to their market.
import { Address as StellarAddress, hash, nativeToScVal, Keypair, Operation, xdr } from '@stellar/stellar-sdk';
import { address, instanceKey, readEntries, symbol, u32, variant } from '../../src/chain/entries';
import { borrow, create, deposit, fundReserve, setAutomation } from '../../src/chain/operations';
import { readSnapshot } from '../../src/chain/read';
import { prepare } from '../../src/chain/transact';
import type { Address, VaultPolicy } from '../../src/model';
import type { Core } from '../../src/parts';
import { ONE, type Sandbox } from './sandbox';

export type Code = 'XLM' | 'USDC' | 'EURC';
type Amounts = Partial<Record<Code, number>>;

export interface Shape {
  name: string;
  /** Whole units. */
  collateral: Amounts;
  /** Shares of the most that may be borrowed when their turn comes. */
  debts: Amounts;
  idle?: Amounts;
  preset?: 'early' | 'balanced' | 'late';
  policy?: Partial<VaultPolicy>;
  /** The pool's own oracle, another one, or another one that must answer. */
  second?: 'same' | 'other' | 'required';
  automation?: false;
}

const XLM = { XLM: 10_000 };

export const SHAPES: Shape[] = [
  { name: 'balanced', collateral: XLM, debts: { USDC: 0.97 } },
  { name: 'early', collateral: XLM, debts: { USDC: 1 }, preset: 'early' },
  { name: 'late', collateral: XLM, debts: { USDC: 0.99 }, preset: 'late' },
  { name: 'calm', collateral: XLM, debts: { USDC: 0.5 } },
  { name: 'no debt', collateral: { XLM: 500, EURC: 20 }, debts: {} },
  { name: 'empty', collateral: {}, debts: {} },
  { name: 'two collaterals', collateral: { XLM: 5_000, EURC: 1_500 }, debts: { USDC: 1 } },
  { name: 'two debts', collateral: { XLM: 20_000 }, debts: { USDC: 0.5, EURC: 0.96 } },
  { name: 'two of each', collateral: { XLM: 8_000, EURC: 500 }, debts: { USDC: 0.6, EURC: 0.97 } },
  { name: 'all of everything', collateral: { XLM: 6_000, USDC: 700, EURC: 300 }, debts: { XLM: 0.3, USDC: 0.5, EURC: 0.97 } },
  { name: 'netting', collateral: { XLM: 3_000, USDC: 900 }, debts: { USDC: 0.98 } },
  { name: 'short of lumens', collateral: { USDC: 3_000 }, debts: { XLM: 0.95 } },
  { name: 'dust in reserve', collateral: XLM, debts: { USDC: 0.98 }, idle: { USDC: 1 } },
  { name: 'some reserve', collateral: XLM, debts: { USDC: 0.99 }, idle: { USDC: 60 } },
  { name: 'much reserve', collateral: XLM, debts: { USDC: 0.98 }, idle: { USDC: 1_500, EURC: 10 } },
  { name: 'reserve kept', collateral: XLM, debts: { USDC: 0.98 }, idle: { USDC: 500 }, policy: { reserve_first: false } },
  { name: 'reserves of two debts', collateral: { XLM: 20_000 }, debts: { USDC: 0.5, EURC: 0.97 }, idle: { USDC: 30, EURC: 200 } },
  { name: 'automation off', collateral: XLM, debts: { USDC: 0.98 }, automation: false },
  { name: 'volatility', collateral: XLM, debts: { USDC: 0.9 }, policy: { volatility_z_e2: 200, volatility_shift_max_e7: 200_000 } },
  { name: 'more volatility', collateral: { XLM: 9_000, EURC: 200 }, debts: { USDC: 0.9 }, policy: { volatility_z_e2: 900, volatility_shift_max_e7: 2_000_000 } },
  { name: 'last round only', collateral: XLM, debts: { USDC: 0.98 }, policy: { use_previous_round: false } },
  { name: 'second oracle, the same', collateral: XLM, debts: { USDC: 0.98 }, second: 'same' },
  { name: 'second oracle', collateral: XLM, debts: { USDC: 0.98 }, second: 'other' },
  { name: 'second oracle, required', collateral: { XLM: 8_000, EURC: 300 }, debts: { USDC: 0.98 }, second: 'required', policy: { max_price_deviation_e7: 200_000 } },
  { name: 'small budget', collateral: XLM, debts: { USDC: 0.99 }, policy: { sold_budget_e7: 300_000, window_ledgers: 17_280 } },
  { name: 'dear discounts', collateral: XLM, debts: { USDC: 0.99 }, policy: { discount_min_e7: 1, discount_max_e7: 1_000_000, max_cost_of_equity_e7: 10_000_000 } },
  { name: 'no cost borne', collateral: XLM, debts: { USDC: 0.99 }, policy: { max_cost_of_equity_e7: 1, rescue_window_ledgers: 0 } },
  { name: 'near the minimum', collateral: { XLM: 420 }, debts: { USDC: 0.98 } },
  { name: 'early rescues', collateral: XLM, debts: { USDC: 0.99 }, policy: { rescue_window_ledgers: 200, rescue_target_e7: 9_950_000 } },
];

/** Borrows as much as the page says that can be borrowed. */
export const ALL_LUMENS: Shape = { name: 'all lumens', collateral: { USDC: 4_000_000 }, debts: { XLM: 1 } };

export interface Vault extends Shape {
  address: Address;
}

export class Fleet {
  readonly vaults: Vault[] = [];
  /** An oracle beside the pool's. */
  second: Address = '';

  constructor(
    readonly sandbox: Sandbox,
    private readonly core: Core,
  ) {}

  get owner(): Keypair {
    return this.sandbox.keys('faucet');
  }

  contract(code: Code): Address {
    return this.sandbox.asset(code).contract;
  }

  /** Sends a transaction and closes its ledger. */
  async apply(keys: Keypair, operation: xdr.Operation): Promise<unknown> {
    const { network } = this.sandbox;
    const prepared = await prepare(network, keys.publicKey(), operation);
    const transaction = this.sandbox.sign(keys, prepared.transaction.toXdr());
    const sent = await network.rpc.call<{ status: string; errorResultXdr?: string }>('sendTransaction', { transaction });
    if (sent.status !== 'PENDING') throw new Error(`not taken: ${sent.status} ${sent.errorResultXdr}`);
    await this.sandbox.control('close', { count: 1 });
    const applied = await network.rpc.call<{ status: string }>('getTransaction', { hash: prepared.hash });
    if (applied.status !== 'SUCCESS') throw new Error(`not applied: ${applied.status}`);
    return prepared.result;
  }

  call(keys: Keypair, contract: Address, method: string, ...args: xdr.ScVal[]): Promise<unknown> {
    return this.apply(keys, Operation.invokeContractFunction({ contract, function: method, args }));
  }

  /** A contract with the code of another one. */
  private async deployLike(keys: Keypair, model: Address, args: xdr.ScVal[]): Promise<Address> {
    const instance = (await readEntries(this.sandbox.network, [instanceKey(model)])).instance(model);
    if (instance?.executable.type !== 'contractExecutableWasm') throw new Error('no wasm');
    const operation = Operation.createCustomContract({
      address: StellarAddress.fromString(keys.publicKey()),
      wasmHash: Uint8Array.from(instance.executable.value.value),
      constructorArgs: args,
      salt: hash(new TextEncoder().encode('second oracle')),
    });
    return String(await this.apply(keys, operation));
  }

  async deploySecondOracle(): Promise<void> {
    const { oracle } = this.sandbox.file;
    const assets = xdr.ScVal.scvVec((['XLM', 'USDC', 'EURC'] as const).map((code) => this.named(code)));
    const base = variant('Other', symbol('USD'));
    const args = [address(this.owner.publicKey()), base, assets, u32(oracle.decimals), u32(oracle.resolutionSeconds)];
    this.second = await this.deployLike(this.owner, oracle.contract, args);
  }

  named(code: Code): xdr.ScVal {
    return variant('Stellar', address(this.contract(code)));
  }

  async create(shape: Shape): Promise<void> {
    const { config, network } = this.sandbox;
    const presets = this.core.presets();
    const policy = { ...presets[shape.preset ?? 'balanced'], ...shape.policy, ...this.secondOracle(shape) };
    const { factory, pool } = config.contracts;
    const owner = this.owner.publicKey();
    const created = await this.apply(this.owner, create({ factory, owner, pool, version: 0, policy, nonce: this.vaults.length }));
    const vault = String(created);
    for (const [code, whole] of Object.entries(shape.collateral)) {
      await this.apply(this.owner, deposit(vault, this.contract(code as Code), BigInt(whole) * ONE));
    }
    for (const [code, share] of Object.entries(shape.debts)) {
      const asset = this.contract(code as Code);
      const most = this.core.most(await readSnapshot(network, vault), asset, 'borrow');
      await this.apply(this.owner, borrow(vault, asset, (most * BigInt(Math.round(share * 100))) / 100n, owner));
    }
    for (const [code, whole] of Object.entries(shape.idle ?? {})) {
      await this.apply(this.owner, fundReserve(vault, owner, this.contract(code as Code), BigInt(whole) * ONE));
    }
    if (shape.automation === false) await this.apply(this.owner, setAutomation(vault, false));
    this.vaults.push({ ...shape, address: vault });
  }

  private secondOracle({ second }: Shape): Partial<VaultPolicy> {
    if (!second) return {};
    const oracle = second === 'same' ? this.sandbox.file.oracle.contract : this.second;
    const stellar = (code: Code) => [this.contract(code), { tag: 'Stellar', values: [this.contract(code)] }] as const;
    // Of EURC the required one knows nothing.
    const assets = new Map((['XLM', 'USDC', ...(second === 'required' ? [] : (['EURC'] as const))] as const).map(stellar));
    return { second_oracle: { tag: 'Feed', values: [{ oracle, assets, required: second === 'required' }] } };
  }

  // ---- The market -----------------------------------------------------------------------------

  /** Sets prices, decimals as text; `after` seconds later, which make a new round. */
  async prices(prices: Record<string, string>, after = 300): Promise<void> {
    if (after > 0) await this.warp(60, after);
    await this.sandbox.control('setPrice', { prices });
  }

  async warp(ledgers: number, seconds: number): Promise<void> {
    await this.sandbox.control('warp', { ledgers, seconds });
    await this.sandbox.control('close', { count: 1 });
  }

  /** What an oracle is forced to say of an asset. */
  async force(oracle: 'pool' | 'second', code: Code, override: xdr.ScVal): Promise<void> {
    const keys = oracle === 'pool' ? Keypair.fromSecret(this.sandbox.file.oracle.admin.secretKey) : this.owner;
    const contract = oracle === 'pool' ? this.sandbox.file.oracle.contract : this.second;
    await this.call(keys, contract, 'set_override', this.named(code), override);
  }

  /** Unix seconds of the last ledger. */
  async now(): Promise<bigint> {
    return (await this.sandbox.network.rpc.latest()).closedAt;
  }

  /** Opens a liquidation auction of a vault, of as much of it as the pool allows. */
  async openAuction(vault: Vault): Promise<boolean> {
    const list = (amounts: Amounts) => xdr.ScVal.scvVec((Object.keys(amounts) as Code[]).map((code) => address(this.contract(code))));
    for (const percent of [100, 90, 75, 60, 50, 40, 30, 25, 20, 15, 10, 7, 5, 3, 2, 1]) {
      try {
        const { pool } = this.sandbox.config.contracts;
        const args = [u32(0), address(vault.address), list(vault.debts), list(vault.collateral), u32(percent)];
        await this.call(this.sandbox.keys('bob'), pool, 'new_auction', ...args);
        return true;
      } catch {
        // Too much or too little of it.
      }
    }
    return false;
  }
}

export const override = {
  off: () => variant('Off'),
  absent: () => variant('Absent'),
  fixed: (price: bigint, timestamp: bigint) => variant('Fixed', round(price, timestamp)),
  stable: (price: bigint) => variant('Stable', nativeToScVal(price, { type: 'i128' })),
  rounds: (rounds: [bigint, bigint][]) => variant('Rounds', xdr.ScVal.scvVec(rounds.map(([price, timestamp]) => round(price, timestamp)))),
};

function round(price: bigint, timestamp: bigint): xdr.ScVal {
  return nativeToScVal({ price, timestamp }, { type: { price: ['symbol', 'i128'], timestamp: ['symbol', 'u64'] } });
}

