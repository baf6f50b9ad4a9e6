// Ledger entries of contracts and accounts: their keys, and a batch of them as of one ledger.
import { Address as StellarAddress, Asset as StellarAsset, Keypair, nativeToScVal, xdr } from '@stellar/stellar-sdk';
import type { Address } from '../model';
import { garbage, type Network } from './rpc';
import { Unreachable } from './trouble';

/** What an RPC takes at once. */
const KEYS_AT_ONCE = 200;

export const symbol = (name: string): xdr.ScVal => xdr.ScVal.scvSymbol(name);
export const address = (of: Address): xdr.ScVal => StellarAddress.fromString(of).toScVal();
export const u32 = (value: number): xdr.ScVal => xdr.ScVal.scvU32(value);
/** A variant of a contract's enum, with what it is of. */
export const variant = (name: string, ...of: xdr.ScVal[]): xdr.ScVal => xdr.ScVal.scvVec([symbol(name), ...of]);

function data(contract: Address, key: xdr.ScVal, isTemporary = false): xdr.LedgerKey {
  const { persistent, temporary } = xdr.ContractDataDurability;
  return xdr.LedgerKey.contractData(
    new xdr.LedgerKeyContractData({
      contract: StellarAddress.fromString(contract).toScAddress(),
      key,
      durability: isTemporary ? temporary : persistent,
    }),
  );
}

/** A contract's code, and what it keeps beside it. */
export const instanceKey = (contract: Address) => data(contract, xdr.ScVal.scvLedgerKeyContractInstance());

/** The code of a contract; null for the contracts of classic assets, which have none. */
export function codeKey(instance: xdr.ScContractInstance | null): xdr.LedgerKey | null {
  if (instance?.executable.type !== 'contractExecutableWasm') return null;
  return xdr.LedgerKey.contractCode(new xdr.LedgerKeyContractCode({ hash: instance.executable.value }));
}

/** Keys of Blend's pools (`pool/src/storage.rs` of Blend v2). */
export const poolKey = {
  reserveList: (pool: Address) => data(pool, symbol('ResList')),
  reserveConfig: (pool: Address, asset: Address) => data(pool, variant('ResConfig', address(asset))),
  reserveData: (pool: Address, asset: Address) => data(pool, variant('ResData', address(asset))),
  positions: (pool: Address, user: Address) => data(pool, variant('Positions', address(user))),
  /** Of a user's liquidation. */
  auction: (pool: Address, user: Address) => {
    const of = nativeToScVal({ auct_type: u32(0), user: address(user) }, { type: { auct_type: ['symbol'], user: ['symbol'] } });
    return data(pool, variant('Auction', of), true);
  },
};

export const vaultAtKey = (factory: Address, index: number) => data(factory, variant('VaultAt', u32(index)));

/** There for every vault of the factory, and for nothing else. */
export const isVaultKey = (factory: Address, vault: Address) => data(factory, variant('IsVault', address(vault)));

/** What a contract has of a classic asset, at that asset's contract. */
export const balanceKey = (token: Address, holder: Address) => data(token, variant('Balance', address(holder)));

export const accountKey = (of: Address) =>
  xdr.LedgerKey.account(new xdr.LedgerKeyAccount({ accountId: Keypair.fromPublicKey(of).xdrAccountId() }));

export const trustlineKey = (of: Address, code: string, issuer: Address) =>
  xdr.LedgerKey.trustline(
    new xdr.LedgerKeyTrustLine({
      accountId: Keypair.fromPublicKey(of).xdrAccountId(),
      asset: new StellarAsset(code, issuer).toTrustLineXdrObject(),
    }),
  );

interface RawEntry {
  key: string;
  xdr: string;
  liveUntilLedgerSeq?: number;
}

/** Entries as of one ledger. */
export class Entries {
  constructor(
    readonly ledger: number,
    private readonly found: Map<string, RawEntry>,
  ) {}

  private raw(key: xdr.LedgerKey): RawEntry | undefined {
    return this.found.get(key.toXdr('base64'));
  }

  data(key: xdr.LedgerKey): xdr.LedgerEntryData | null {
    const raw = this.raw(key);
    try {
      return raw ? xdr.LedgerEntryData.fromXdr(raw.xdr, 'base64') : null;
    } catch {
      throw garbage('getLedgerEntries');
    }
  }

  has(key: xdr.LedgerKey): boolean {
    return this.raw(key) !== undefined;
  }

  /** The value of a contract's entry. */
  value(key: xdr.LedgerKey): xdr.ScVal | null {
    const data = this.data(key);
    return data?.type === 'contractData' ? data.value.val : null;
  }

  instance(contract: Address): xdr.ScContractInstance | null {
    const value = this.value(instanceKey(contract));
    return value?.type === 'scvContractInstance' ? value.value : null;
  }

  /** Whether its time is over: servers still give it, and the next call that needs it must restore it. */
  isArchived(key: xdr.LedgerKey): boolean {
    const until = this.raw(key)?.liveUntilLedgerSeq;
    return until !== undefined && until < this.ledger;
  }
}

/** What an instance keeps under a key. */
export function stored(instance: xdr.ScContractInstance, key: xdr.ScVal): xdr.ScVal | null {
  const wanted = key.toXdr('base64');
  return instance.storage?.find((entry) => entry.key.toXdr('base64') === wanted)?.val ?? null;
}

/** Whether it is the contract of a classic asset, or of lumens. */
export const isClassic = (instance: xdr.ScContractInstance | null) =>
  instance?.executable.type === 'contractExecutableStellarAsset';

/** Reads a batch. */
export async function readEntries({ rpc }: Network, keys: xdr.LedgerKey[]): Promise<Entries> {
  const encoded = [...new Set(keys.map((key) => key.toXdr('base64')))];
  const parts: string[][] = [];
  for (let from = 0; from < encoded.length; from += KEYS_AT_ONCE) parts.push(encoded.slice(from, from + KEYS_AT_ONCE));
  const answers = await Promise.all(
    parts.map((part) => rpc.call<{ latestLedger: number; entries?: RawEntry[] | null }>('getLedgerEntries', { keys: part })),
  );
  const ledger = answers[0]?.latestLedger;
  if (ledger === undefined || !Number.isInteger(ledger)) throw garbage('getLedgerEntries');
  if (answers.some((answer) => answer.latestLedger !== ledger)) throw behind();
  const entries = answers.flatMap((answer) => answer.entries ?? []);
  if (entries.some((entry) => typeof entry?.key !== 'string' || typeof entry.xdr !== 'string')) throw garbage('getLedgerEntries');
  return new Entries(ledger, new Map(entries.map((entry) => [entry.key, entry])));
}

/** Answers of different ledgers: a ledger closed in between, or several servers stand behind one address. */
export function behind(): Unreachable {
  return new Unreachable('behind', "The server's answers are of different ledgers.", 'What you see may be old. The page keeps trying.');
}
