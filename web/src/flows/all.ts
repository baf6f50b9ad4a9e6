// Every flow by its name.
import type { FlowName } from '../parts';
import { claim, close, rescue } from './exits';
import { borrow, sweep, withdraw, withdrawReserve } from './payout';
import { deposit, fundReserve, repay } from './supply';
import type { Flow } from './types';
import { accept, automation, clearAuction, create, policy, restore, transfer, trustline } from './vaults';

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
