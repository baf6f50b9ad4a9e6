// Every flow by its name.
import type { FlowName } from '../parts';
import { claim } from './claim';
import { close, rescue } from './exits';
import { accept, transfer } from './ownership';
import { borrow, sweep, withdraw, withdrawReserve } from './payout';
import { deposit, fundReserve, repay } from './supply';
import type { Flow } from './types';
import { automation, clearAuction, create, policy, restore, trustline } from './vaults';

export const FLOWS: Record<FlowName, Flow> = {
  create,
  trustline,
  deposit,
  borrow,
  repay,
  withdraw,
  fundReserve,
  withdrawReserve,
  policy,
  automation,
  close,
  claim,
  transfer,
  accept,
  rescue,
  restore,
  clearAuction,
  sweep,
};
