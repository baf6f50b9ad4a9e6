// A vault on a small pool, as a session would have read it: lumens as collateral, dollars as debt.
import type { Address, Reserve, Snapshot } from '../src/model';
import { BALANCED } from './support/policy';

const contract = (letter: string): Address => `C${letter.repeat(55)}`;
export const VAULT = contract('V');
export const OWNER: Address = `G${'O'.repeat(55)}`;
export const XLM = contract('X');
export const USDC = contract('U');
export const EURC = contract('E');

const CLOSED_AT = 1_795_000_000n;

export function reserveOf(asset: Address, index: number, price: bigint, parts: Partial<Reserve> = {}): Reserve {
  return {
    asset,
    index,
    decimals: 7,
    collateralFactorE7: index === 0 ? 7_500_000 : 9_500_000,
    liabilityFactorE7: index === 0 ? 7_500_000 : 9_500_000,
    maxUtilizationE7: 9_500_000,
    enabled: true,
    curve: { targetE7: 8_000_000, baseE7: 50_000, oneE7: 500_000, twoE7: 1_000_000, threeE7: 10_000_000, reactivityE7: 1_000 },
    stored: { bRateE12: 10n ** 12n, dRateE12: 10n ** 12n, modifierE7: 10_000_000n, bSupply: 10n ** 15n, dSupply: 10n ** 14n, accruedAt: CLOSED_AT },
    supplyCap: 10n ** 18n,
    bTokens: 0n,
    dTokens: 0n,
    lentTokens: 0n,
    idle: 0n,
    rounds: [{ timestamp: CLOSED_AT - 60n, price }],
    second: null,
    ...parts,
  };
}

export function snapshotOf(parts: Partial<Snapshot> = {}): Snapshot {
  const accepted = (asset: Address, factor: number) => ({ asset, accepted_collateral_e7: factor, accepted_liability_e7: factor });
  return {
    ledger: 51_234_567,
    closedAt: CLOSED_AT,
    vault: VAULT,
    state: {
      assets: new Map([
        [0, accepted(XLM, 7_500_000)],
        [1, accepted(USDC, 9_500_000)],
      ]),
      automation: true,
      links: { factory: contract('F'), oracle: contract('P'), pool: contract('L'), price_scalar: 10n ** 14n, receiver: contract('R'), resolution_seconds: 300 },
      owner: OWNER,
      policy: BALANCED,
      window: { budget_value: 0n, sold_value: 0n, start_ledger: 0 },
    },
    proposedOwner: null,
    pool: { status: 1, minCollateral: 0n, backstopTakeRateE7: 1_000_000, baseName: 'USD' },
    reserves: [
      reserveOf(XLM, 0, 24_330_000_000_000n, { bTokens: 205_500_1234567n }),
      reserveOf(USDC, 1, 100_000_000_000_000n, { dTokens: 29_300_7654321n, idle: 512_5000000n }),
      reserveOf(EURC, 2, 108_000_000_000_000n),
    ],
    auction: null,
    genuine: true,
    archived: false,
    ...parts,
  };
}
