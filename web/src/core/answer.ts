// The core's answers as the page's types. Reserves are named by their places in the snapshot.
import type { Address, AuctionView, Health, Plan, PlannedStep, Quote, Snapshot } from '../model';
import type { AnswerReader } from './words';

function assetAt(snapshot: Snapshot, number: number): Address {
  const reserve = snapshot.reserves[number];
  if (!reserve) throw new Error('the core’s answer names a reserve that is not there');
  return reserve.asset;
}

export function readHealth(reader: AnswerReader, snapshot: Snapshot): Health {
  return {
    riskRatioE7: reader.wide(),
    nominalLtvE7: reader.wide(),
    liquidationLtvE7: reader.wide(),
    softE7: reader.number(),
    targetE7: reader.number(),
    hardE7: reader.number(),
    collateralValue: reader.wide(),
    debtValue: reader.wide(),
    liquidationPrice: reader.maybe(),
    softPrice: reader.maybe(),
    legs: Array.from({ length: reader.number() }, () => ({
      asset: assetAt(snapshot, reader.number()),
      collateral: reader.wide(),
      collateralValue: reader.wide(),
      debt: reader.wide(),
      debtValue: reader.wide(),
    })),
  };
}

export function readQuote(reader: AnswerReader, snapshot: Snapshot): Quote {
  return {
    collateral: assetAt(snapshot, reader.number()),
    debt: assetAt(snapshot, reader.number()),
    sell: reader.wide(),
    minProceeds: reader.wide(),
    floor: reader.wide(),
    largestReward: reader.wide(),
    reserveSpent: reader.wide(),
    budgetLeft: reader.wide(),
    riskAfterE7: reader.wide(),
    rescue: reader.flag(),
  };
}

const ENDS = ['safe', 'waiting', 'liquidatable'] as const;

export function readPlan(reader: AnswerReader, snapshot: Snapshot): Plan {
  const sums = {
    soldValue: reader.wide(),
    costValue: reader.wide(),
    soldShareE7: reader.wide(),
    reserveSpentValue: reader.wide(),
  };
  const end = ENDS[reader.number()];
  if (!end) throw new Error('the core’s answer has an end that is not known');
  const refusal = reader.maybeNumber();
  const after = readHealth(reader, snapshot);
  const steps = Array.from({ length: reader.number() }, () => readStep(reader, snapshot));
  return { steps, ...sums, after, end, refusal };
}

function readStep(reader: AnswerReader, snapshot: Snapshot): PlannedStep {
  return {
    collateral: assetAt(snapshot, reader.number()),
    debt: assetAt(snapshot, reader.number()),
    price: reader.wide(),
    movedPrice: reader.wide(),
    sell: reader.wide(),
    repay: reader.wide(),
    reserveSpent: reader.wide(),
    costValue: reader.wide(),
    riskBeforeE7: reader.wide(),
    riskAfterE7: reader.wide(),
    rescue: false,
  };
}

export function readAuction(reader: AnswerReader): AuctionView {
  const clock = { age: reader.number(), lotModifierE7: reader.wide(), bidModifierE7: reader.wide() };
  const [lotValue, bidValue] = [reader.wide(), reader.wide()];
  return {
    ...clock,
    lotValue,
    bidValue,
    costValue: lotValue - bidValue,
    breakEvenAge: reader.maybeNumber(),
    fillerAge: reader.maybeNumber(),
    rescueAge: reader.maybeNumber(),
    staleAge: reader.number(),
  };
}
