// What the reader of a vault has to know before any number: in order of urgency, as data.
import { formatDuration, shortAddress } from '../format/time';
import type { Address, Health, Outcome, Snapshot } from '../model';
import type { Connection, Explained, FlowName } from '../parts';
import type { View } from '../route';
import type { Tone } from '../ui';
import { wordsOf } from './words';

export interface Banner {
  /** `banner-<id>` is its test id. */
  id: string;
  tone: Tone;
  title: string;
  words: string;
  flow?: { name: FlowName; label: string };
  link?: { view: View; label: string };
}

export interface Seen {
  snapshot: Snapshot;
  health: Outcome<Health> | null;
  connection: Connection | null;
  /** Why the vault itself cannot be read anew. */
  trouble: Explained | null;
  /** The connected address, if one is connected, and whether it can sign for the vault. */
  signer: Address | null;
  canSign: boolean;
  isOwner: boolean;
  /** Milliseconds of this machine's clock. */
  now: number;
  codeOf(asset: Address): string;
}

/** The page learns of a ledger every few seconds: much older is worth saying. */
const STALE_AFTER_MILLISECONDS = 30_000;
const PRICE_CODES = [105, 106, 149];

export function bannersOf(seen: Seen): Banner[] {
  return [...trust(seen), ...network(seen), ...danger(seen), ...prices(seen), ...pool(seen), ...ownership(seen)];
}

function trust({ snapshot }: Seen): Banner[] {
  if (snapshot.genuine) return [];
  return [
    {
      id: 'not-genuine',
      tone: 'danger',
      title: 'This is not a vault of Ballast',
      words: 'The factory of this page did not deploy this contract, so it can answer anything, also that you own it. Nothing that it shows can be relied upon, and this page signs nothing for it.',
    },
  ];
}

function network({ connection, trouble, now, snapshot }: Seen): Banner[] {
  const known = connection ? `Shown is ledger ${snapshot.ledger}, read ${formatDuration((now - connection.seenAt) / 1000)} ago or earlier.` : `Shown is ledger ${snapshot.ledger}.`;
  const failed = connection?.trouble ?? trouble;
  if (failed) {
    return [{ id: 'unreachable', tone: 'danger', title: failed.title, words: [failed.words, failed.advice, known].filter(Boolean).join(' ') }];
  }
  if (connection && now - connection.seenAt > STALE_AFTER_MILLISECONDS) {
    return [{ id: 'stale', tone: 'warning', title: 'These figures are old', words: `No new ledger has been seen for ${formatDuration((now - connection.seenAt) / 1000)}. ${known}` }];
  }
  return [];
}

function danger({ snapshot, health, isOwner }: Seen): Banner[] {
  const banners: Banner[] = [];
  if (snapshot.auction) {
    banners.push({
      id: 'auction',
      tone: 'danger',
      title: 'A liquidation auction is open',
      words: 'Until it is over, only a change that makes the vault healthy again is possible; that deletes the auction in the same transaction.',
      link: { view: 'auction', label: 'See its clock, and what can be done' },
    });
  } else if (health?.ok && health.value.debtValue > 0n && health.value.riskRatioE7 >= 10_000_000n) {
    banners.push({
      id: 'liquidatable',
      tone: 'danger',
      title: 'This vault can be liquidated',
      words: 'The risk ratio is 100% or more: anybody may open an auction. Repaying debt or adding collateral until it is below 100% prevents it.',
      ...(isOwner ? { flow: { name: 'repay' as const, label: 'Repay' } } : {}),
    });
  }
  if (snapshot.archived) {
    banners.push({
      id: 'archived',
      tone: 'warning',
      title: 'Part of this vault is archived',
      words: 'The network put entries away that nobody touched for long. Nothing is lost; they must be restored before the vault can act, and keepers cannot step in until then.',
      flow: { name: 'restore', label: 'Restore' },
    });
  }
  if (!snapshot.state.automation) {
    banners.push({
      id: 'automation-off',
      tone: 'warning',
      title: 'Automation is off',
      words: 'No keeper unwinds this vault. If the risk ratio reaches 100%, it is liquidated as if it had no belt.',
      ...(isOwner ? { flow: { name: 'automation' as const, label: 'Switch it on' } } : {}),
    });
  }
  return banners;
}

function prices({ snapshot, health, codeOf }: Seen): Banner[] {
  const banners: Banner[] = [];
  if (health && !health.ok) {
    const isPrice = PRICE_CODES.includes(health.code);
    banners.push({
      id: isPrice ? 'oracle' : 'health',
      tone: 'danger',
      title: isPrice ? 'No price to go by' : 'The health of this vault cannot be told',
      words: isPrice
        ? `${capital(wordsOf(health.code))} (code ${health.code}). Risk, borrowing, withdrawals and steps wait for a price. Deposits and repayments work without one.`
        : `${capital(wordsOf(health.code))} (code ${health.code}).`,
    });
  }
  const { second_oracle: source } = snapshot.state.policy;
  if (source.tag === 'Feed' && source.values[0].required) {
    const silent = snapshot.reserves.filter((reserve) => (reserve.bTokens > 0n || reserve.dTokens > 0n) && reserve.second === null);
    if (silent.length > 0) {
      banners.push({
        id: 'second-oracle',
        tone: 'warning',
        title: 'The second oracle is silent',
        words: `Your policy requires it, and it has no price for ${silent.map((each) => codeOf(each.asset)).join(', ')}. Keepers cannot act until it has.`,
      });
    }
  }
  return banners;
}

function pool({ snapshot, isOwner, codeOf }: Seen): Banner[] {
  const banners: Banner[] = [];
  const { status } = snapshot.pool;
  if (status === 2 || status === 3) {
    banners.push({ id: 'pool', tone: 'warning', title: 'The pool is on ice', words: 'Nothing can be borrowed, and steps by flash loan are not possible. Deposits, repayments and withdrawals work.' });
  } else if (status >= 4) {
    banners.push({ id: 'pool', tone: 'warning', title: 'The pool is frozen', words: 'Nothing can be borrowed or deposited. Repayments and withdrawals work.' });
  }
  const changed = changedFactors(snapshot);
  if (changed.length > 0) {
    banners.push({
      id: 'factors',
      tone: 'warning',
      title: 'The pool has changed its factors',
      words: `Factors of ${changed.map(codeOf).join(', ')} are not those that the policy accepted: the risk ratio moved with them. Look at it again and save the policy, if you still want it.`,
      ...(isOwner ? { link: { view: 'policy' as const, label: 'Go to the policy' } } : {}),
    });
  }
  return banners;
}

/** Assets whose factors differ from those that the owner accepted. */
export function changedFactors(snapshot: Snapshot): Address[] {
  const accepted = [...snapshot.state.assets.values()];
  return snapshot.reserves
    .filter((reserve) => {
      const of = accepted.find((each) => each.asset === reserve.asset);
      return of && (of.accepted_collateral_e7 !== reserve.collateralFactorE7 || of.accepted_liability_e7 !== reserve.liabilityFactorE7);
    })
    .map((reserve) => reserve.asset);
}

function ownership({ snapshot, signer, canSign, isOwner }: Seen): Banner[] {
  const { proposedOwner } = snapshot;
  if (proposedOwner && proposedOwner === signer) {
    return [
      {
        id: 'offered',
        tone: 'info',
        title: 'This vault is offered to you',
        words: 'Once you accept, you own its collateral and its debt, and the present owner has no say.',
        ...(canSign && snapshot.genuine ? { flow: { name: 'accept' as const, label: 'Accept' } } : {}),
      },
    ];
  }
  if (isOwner) {
    if (!proposedOwner) return [];
    return [
      {
        id: 'offered',
        tone: 'warning',
        title: 'Ownership is offered',
        words: `${shortAddress(proposedOwner)} can take this vault over at any time. You remain the owner until then, and can propose somebody else.`,
        flow: { name: 'transfer', label: 'Change the offer' },
      },
    ];
  }
  return [
    {
      id: 'watching',
      tone: 'info',
      title: 'You are watching this vault',
      words: signer
        ? `It belongs to ${shortAddress(snapshot.state.owner)}. Anybody may repay its debt or add to its reserve; everything else is the owner's.`
        : `It belongs to ${shortAddress(snapshot.state.owner)}. Connect a wallet to act.`,
    },
  ];
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
