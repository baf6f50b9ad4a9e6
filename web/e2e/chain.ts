// The chain, read and written beside the page: through the contracts' own views and the SDK, by none of the page's code.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Address, Contract, Keypair, Operation, TransactionBuilder, nativeToScVal, rpc, scValToNative, xdr } from '@stellar/stellar-sdk';
import { Client as FactoryClient } from '../generated/bindings/factory/dist/index.js';
import { Client as LensClient } from '../generated/bindings/lens/dist/index.js';
import { Client as VaultClient } from '../generated/bindings/vault/dist/index.js';
import type { VaultPolicy } from '../generated/bindings/vault/dist/index.js';
import { BALANCED } from '../test/support/policy';
import { ONE, type Sandbox } from './sandbox';

export { BALANCED };
export type { VaultPolicy };

/** From the golden list of errors. */
function wordsOf(code: number): string {
  const words = JSON.parse(readFileSync(new URL('../../tests/goldens/words.json', import.meta.url), 'utf8')) as Record<string, unknown>;
  const found = Object.values(words).flatMap((each) => (Array.isArray(each) ? each : Object.values(each as object))) as { code: number; words: string }[];
  return found.find((each) => each.code === code)?.words ?? '';
}

const address = (text: string) => Address.fromString(text).toScVal();

export interface ChainHealth {
  risk_ratio_e7: bigint;
  collateral_value: bigint;
  debt_value: bigint;
  [name: string]: unknown;
}

export interface Auction {
  bid: Record<string, bigint>;
  lot: Record<string, bigint>;
  block: number;
}

export interface ChainStep {
  sold: bigint;
  repaid: bigint;
  proceeds: bigint;
  reward: bigint;
  collateral_price: bigint;
  debt_price: bigint;
  risk_after_e7: bigint;
}

export class Chain {
  constructor(readonly sandbox: Sandbox) {}

  /** What a view says; its errors as texts with the contract's number. */
  async view<T>(contract: string, method: string, ...values: xdr.ScVal[]): Promise<T> {
    const source = await this.sandbox.server.getAccount(this.sandbox.keys('judy').publicKey());
    const call = new TransactionBuilder(source, { fee: '100', networkPassphrase: this.sandbox.written.networkPassphrase })
      .addOperation(new Contract(contract).call(method, ...values))
      .setTimeout(60)
      .build();
    const simulated = await this.sandbox.server.simulateTransaction(call);
    if (!rpc.Api.isSimulationSuccess(simulated)) throw new Error(simulated.error);
    return scValToNative(simulated.result!.retval) as T;
  }

  balance(code: string, holder: string): Promise<bigint> {
    return this.view(this.sandbox.asset(code).contract, 'balance', address(holder));
  }

  health(vault: string): Promise<ChainHealth> {
    return this.view(this.sandbox.contract('lens'), 'health', address(vault));
  }

  /** The risk ratio, 7 decimals. */
  async risk(vault: string): Promise<bigint> {
    return (await this.health(vault)).risk_ratio_e7;
  }

  /** Collateral and debt of an asset, smallest unit. */
  async leg(vault: string, code: string): Promise<{ collateral: bigint; debt: bigint }> {
    const legs = await this.view<{ asset: string; collateral: bigint; debt: bigint }[]>(this.sandbox.contract('lens'), 'position', address(vault));
    const found = legs.find((leg) => leg.asset === this.sandbox.asset(code).contract);
    return { collateral: found?.collateral ?? 0n, debt: found?.debt ?? 0n };
  }

  state<T = { owner: string; policy: VaultPolicy; automation: boolean }>(vault: string): Promise<T> {
    return this.view(vault, 'state');
  }

  owner(vault: string): Promise<string> {
    return this.view(vault, 'owner');
  }

  policy(vault: string): Promise<VaultPolicy> {
    return this.view(vault, 'policy');
  }

  isVault(vault: string): Promise<boolean> {
    return this.view(this.sandbox.contract('factory'), 'is_vault', address(vault));
  }

  vaultAddress(owner: string, nonce: number): Promise<string> {
    return this.view(this.sandbox.contract('factory'), 'vault_address', address(owner), address(this.sandbox.contract('pool')), nativeToScVal(nonce, { type: 'u32' }));
  }

  /** The oracle's last price. */
  async price(code: string): Promise<bigint> {
    const asset = xdr.ScVal.scvVec([nativeToScVal('Stellar', { type: 'symbol' }), address(this.sandbox.asset(code).contract)]);
    const last = await this.view<{ price: bigint }>(this.sandbox.contract('oracle'), 'lastprice', asset);
    return last.price;
  }

  priceText(price: bigint): string {
    const { decimals } = this.sandbox.written.oracle;
    const digits = String(price).padStart(decimals + 1, '0');
    return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  }

  /** A round in which an asset costs so many thousandths of what it does now. */
  async scalePrice(code: string, thousandths: bigint): Promise<void> {
    await this.sandbox.setPrice(code, this.priceText(((await this.price(code)) * thousandths) / 1000n));
  }

  /** Debt in the pool's shares: known without a price. */
  async debtShares(vault: string): Promise<{ usdc: bigint }> {
    const pool = this.sandbox.contract('pool');
    const list = await this.view<string[]>(pool, 'get_reserve_list');
    const positions = await this.view<{ liabilities: Record<string, bigint> | Map<number, bigint> }>(pool, 'get_positions', address(vault));
    const index = list.indexOf(this.sandbox.asset('USDC').contract);
    const { liabilities } = positions;
    const shares = liabilities instanceof Map ? liabilities.get(index) : liabilities[String(index)];
    return { usdc: shares ?? 0n };
  }

  /** The open liquidation auction; the pool traps where there is none. */
  async auction(vault: string): Promise<Auction | null> {
    try {
      return await this.view<Auction>(this.sandbox.contract('pool'), 'get_auction', nativeToScVal(0, { type: 'u32' }), address(vault));
    } catch (error) {
      if (/UnreachableCodeReached/.test(String(error))) return null;
      throw error;
    }
  }

  /** Steps of the vault, oldest first, from the server's events. */
  steps(vault: string): Promise<ChainStep[]> {
    return this.events<ChainStep>(vault, 'step_executed');
  }

  /** Events of a name, oldest first, from the server. */
  async events<T = unknown>(vault: string, name: string): Promise<T[]> {
    const { oldestLedger } = await this.sandbox.server.getHealth();
    const topics = [[nativeToScVal(name, { type: 'symbol' }).toXDR('base64'), '**']];
    const { events } = await this.sandbox.server.getEvents({ startLedger: Math.max(oldestLedger, 2), filters: [{ type: 'contract', contractIds: [vault], topics }], limit: 1000 });
    return events.map((event) => scValToNative(event.value) as T);
  }

  // ---- Calls ---------------------------------------------------------------------------------------------

  /** A call of one of our contracts, by the bindings' own names. */
  private async invoke(kind: 'vault' | 'factory', contract: string, keys: Keypair, method: string, args: Record<string, unknown>) {
    const Client = kind === 'vault' ? VaultClient : FactoryClient;
    const client = new Client({ contractId: contract, rpcUrl: this.sandbox.url, allowHttp: true, networkPassphrase: this.sandbox.written.networkPassphrase });
    const values = client.spec.funcArgsToScVals(method, args);
    return this.sandbox.send(keys, new Contract(contract).call(method, ...values));
  }

  vault(vault: string, keys: Keypair, method: string, args: Record<string, unknown> = {}) {
    return this.invoke('vault', vault, keys, method, args);
  }

  /** What the vault says of a policy of alice's: the number, and the words that the repository has for it. */
  async refusal(vault: string, change: Partial<VaultPolicy>): Promise<{ code: number; words: string }> {
    const alice = this.sandbox.keys('alice');
    const policy = { ...(await this.policy(vault)), second_oracle: BALANCED.second_oracle, ...change };
    try {
      await this.vault(vault, alice, 'set_policy', { policy });
    } catch (error) {
      const code = Number(/Error\(Contract, #(\d+)\)/.exec(String(error))?.[1]);
      return { code, words: wordsOf(code) };
    }
    throw new Error(`the vault takes ${JSON.stringify(Object.keys(change))}`);
  }

  async create(keys: Keypair, policy: VaultPolicy = BALANCED, nonce = 0): Promise<string> {
    const factory = this.sandbox.contract('factory');
    const done = await this.invoke('factory', factory, keys, 'create', { owner: keys.publicKey(), pool: this.sandbox.contract('pool'), version: 0, policy, nonce });
    return scValToNative(done.returnValue!) as string;
  }

  /** The code of a vault, deployed by somebody who is not the factory. */
  async deployUnofficial(vault: string, owner: Keypair): Promise<string> {
    const instance = await this.sandbox.server.getContractInstance(vault);
    const executable = instance.executable as unknown as { value: { value: Uint8Array } };
    const client = new VaultClient({ contractId: vault, rpcUrl: this.sandbox.url, allowHttp: true, networkPassphrase: this.sandbox.written.networkPassphrase });
    const constructorArgs = client.spec.funcArgsToScVals('__constructor', {
      owner: owner.publicKey(),
      pool: this.sandbox.contract('pool'),
      factory: this.sandbox.contract('factory'),
      receiver: this.sandbox.contract('receiver'),
      policy: BALANCED,
    });
    const done = await this.sandbox.send(
      owner,
      Operation.createCustomContract({ address: Address.fromString(owner.publicKey()), wasmHash: Buffer.from(executable.value.value), salt: randomBytes(32), constructorArgs }),
    );
    return scValToNative(done.returnValue!) as string;
  }

  deposit(vault: string, keys: Keypair, code: string, amount: bigint) {
    return this.vault(vault, keys, 'deposit', { asset: this.sandbox.asset(code).contract, amount });
  }

  borrow(vault: string, keys: Keypair, code: string, amount: bigint) {
    return this.vault(vault, keys, 'borrow', { asset: this.sandbox.asset(code).contract, amount, to: keys.publicKey() });
  }

  /** Borrows until the risk ratio is so much. */
  async borrowTo(vault: string, keys: Keypair, code: string, riskE7: bigint): Promise<void> {
    const first = 10n * ONE;
    await this.borrow(vault, keys, code, first);
    const now = await this.risk(vault);
    // The ratio is proportional to the debt.
    await this.borrow(vault, keys, code, (first * (riskE7 - now)) / now);
  }

  // ---- Others ----------------------------------------------------------------------------------------------

  /** A liquidator opens an auction of the largest share that the pool lets it. */
  async openAuction(vault: string, keys: Keypair): Promise<number> {
    const list = (code: string) => xdr.ScVal.scvVec([address(this.sandbox.asset(code).contract)]);
    let [low, high, percent] = [1, 100, 100];
    while (low <= high) {
      const call = new Contract(this.sandbox.contract('pool')).call(
        'new_auction',
        nativeToScVal(0, { type: 'u32' }),
        address(vault),
        list('USDC'),
        list('XLM'),
        nativeToScVal(percent, { type: 'u32' }),
      );
      try {
        await this.sandbox.send(keys, call);
        return percent;
      } catch (error) {
        // InvalidLiqTooLarge and InvalidLiqTooSmall of the pool.
        const code = /Error\(Contract, #(\d+)\)/.exec(String(error))?.[1];
        if (code === '1213' || code === '1214') [low, high] = code === '1213' ? [low, percent - 1] : [percent + 1, high];
        else throw error;
      }
      percent = Math.floor((low + high) / 2);
    }
    throw new Error('the pool lets nobody open an auction');
  }

  /** A keeper's step, as one that fills from its own money makes it. */
  async fill(vault: string, keys: Keypair): Promise<void> {
    const lens = new LensClient({ contractId: this.sandbox.contract('lens'), rpcUrl: this.sandbox.url, allowHttp: true, networkPassphrase: this.sandbox.written.networkPassphrase });
    const quoted = (await lens.quote_fill({ vault })).result.unwrap();
    const { step } = quoted;
    const deadline = BigInt((await this.sandbox.server.getLatestLedger()).closeTime) + 600n;
    await this.vault(vault, keys, 'fill', {
      keeper: keys.publicKey(),
      collateral: step.collateral,
      debt: step.debt,
      repay: step.min_proceeds,
      collateral_out: step.sell,
      deadline,
    });
  }
}
