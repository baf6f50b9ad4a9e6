import type { VaultPolicy } from '../../src/model';

/** The default policy, by the vault's names, as `docs/policy.md` has it. */
export const BALANCED: VaultPolicy = {
  soft_e7: 9_600_000,
  target_e7: 9_400_000,
  hard_e7: 9_900_000,
  step_min_e7: 2_500_000,
  step_max_e7: 10_000_000,
  discount_min_e7: 60_000,
  discount_max_e7: 300_000,
  sold_budget_e7: 10_000_000,
  window_ledgers: 60,
  max_cost_of_equity_e7: 2_000_000,
  max_price_age_seconds: 900n,
  max_price_deviation_e7: 1_000_000,
  use_previous_round: true,
  reserve_first: true,
  dust_reserve_e7: 10_000,
  rescue_target_e7: 9_550_000,
  rescue_window_ledgers: 20,
  volatility_z_e2: 0,
  volatility_shift_max_e7: 0,
  second_oracle: { tag: 'None', values: undefined },
};
