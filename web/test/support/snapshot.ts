// Snapshots for tests of pure parts: a pool of XLM and USDC, and a vault with 10,000 XLM at 0.25 USD.
import { readFileSync } from 'node:fs';
import type { Outcome, Reserve, Snapshot, VaultPolicy } from '../../src/model';

export const XLM = 'CXLM';
export const USDC = 'CUSDC';
export const EURC = 'CEURC';
export const NOW = 1_700_000_100n;
const ONE_E12 = 10n ** 12n;

/** The core as it was built; see web/scripts/generate.mjs. */
export const coreBytes = (): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL('../../generated/core.wasm', import.meta.url)));

/** Units of a token with 7 decimals. */
export const units = (whole: number): bigint => BigInt(Math.round(whole * 1e7));

export function reserve(asset: string, index: number, price: number, changes: Partial<Reserve> = {}): Reserve {
  const rounds = Array.from({ length: 13 }, (_, age) => ({ timestamp: NOW - 100n - 300n * BigInt(age), price: BigInt(Math.round(price * 1e14)) }));
  return {
    asset,
    index,
    decimals: 7,
    collateralFactorE7: 7_500_000,
    liabilityFactorE7: 9_500_000,
    maxUtilizationE7: 9_500_000,
    enabled: true,
    curve: { targetE7: 8_000_000, baseE7: 100_000, oneE7: 400_000, twoE7: 1_200_000, threeE7: 50_000_000, reactivityE7: 20 },
    stored: { bRateE12: ONE_E12, dRateE12: ONE_E12, modifierE7: 10_000_000n, bSupply: units(1e8), dSupply: units(4e7), accruedAt: NOW },
    supplyCap: units(1e12),
    bTokens: 0n,
    dTokens: 0n,
    lentTokens: 0n,
    idle: 0n,
    rounds,
    second: null,
    ...changes,
  };
}

/** `debt` is in USDC. */
export function snapshot(policy: VaultPolicy, debt: number, changes: Partial<Snapshot> = {}): Snapshot {
  const accepted = (asset: string) => ({ asset, accepted_collateral_e7: 7_500_000, accepted_liability_e7: 9_500_000 });
  return {
    ledger: 1_000,
    closedAt: NOW,
    vault: 'CVAULT',
    state: {
      owner: 'GOWNER',
      links: { pool: 'CPOOL', oracle: 'CORACLE', price_scalar: 10n ** 14n, resolution_seconds: 300, receiver: 'CRECEIVER', factory: 'CFACTORY' },
      policy,
      automation: true,
      window: { start_ledger: 0, budget_value: 0n, sold_value: 0n },
      assets: new Map([
        [0, accepted(XLM)],
        [1, accepted(USDC)],
      ]),
    },
    proposedOwner: null,
    pool: { status: 0, minCollateral: 10n ** 14n, backstopTakeRateE7: 2_000_000, baseName: 'USD' },
    reserves: [reserve(XLM, 0, 0.25, { bTokens: units(10_000) }), reserve(USDC, 1, 1, { dTokens: units(debt) }), reserve(EURC, 2, 1.1)],
    auction: null,
    genuine: true,
    archived: false,
    ...changes,
  };
}

/** The value of an outcome that must be one. */
export function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`code ${outcome.code}`);
  return outcome.value;
}

export const codeOf = (outcome: Outcome<unknown> | null): number | null => (outcome && !outcome.ok ? outcome.code : null);
