// Flows of the vault itself: create, trustline, policy, automation, upkeep.
import * as calls from '../chain/operations';
import { freeNonce, latestVersion } from '../chain/vaults';
import type { Asset, VaultPolicy } from '../model';
import { explainCode } from '../chain/errors';
import { needsTrustline, saidShare } from './amounts';
import { riskWarnings } from './risk';
import { options } from './supply';
import type { Context, Flow, Form, Meant } from './types';

const NOTHING: Form = { values: {}, policy: null };

/** A policy's identity, whatever order its fields are in. */
function keyOf(policy: VaultPolicy): string {
  const ordered = Object.entries(policy).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(ordered, (_, value) => (typeof value === 'bigint' ? String(value) : value instanceof Map ? [...value] : value));
}

const policyLines = (policy: VaultPolicy) => [
  { label: 'Unwinding', value: `from ${saidShare(policy.soft_e7, 'down')} down to ${saidShare(policy.target_e7, 'down')} risk ratio`, id: 'thresholds' },
  { label: 'Given up per unit sold', value: `at most ${saidShare(policy.discount_min_e7, 'up')} to ${saidShare(policy.discount_max_e7, 'up')}`, id: 'discounts' },
];

/** What the contract would say of a policy, in its words. */
function policyProblem(context: Context, policy: VaultPolicy, resolutionSeconds: number): string | null {
  const code = context.core.validatePolicy(policy, resolutionSeconds);
  return code === null ? null : explainCode(code).words;
}

export const create: Flow = {
  id: 'create',
  title: 'Create a vault',
  signer: 'anybody',
  ofVault: false,
  start: (context) => ({ values: {}, policy: context.from.policy ?? context.core.presets().balanced }),
  notes: (context) => [
    { tone: 'info', text: `A contract of your own on ${context.config.name} that holds one position at a Blend pool. Nobody but you can take anything out of it.` },
  ],
  fields: () => [{ kind: 'policy', name: 'policy', label: 'Policy' }],
  meant(context, form) {
    const { policy } = form;
    const owner = context.wallet?.address;
    if (!policy || !owner) return { problems: { policy: '' } };
    // The factory says only that the policy is invalid. The rounds' length is the pool's oracle's: the simulation knows it.
    const problem = policyProblem(context, policy, context.snapshot?.state.links.resolution_seconds ?? 0);
    if (problem) return { problems: { policy: problem } };
    return {
      intent: {
        key: `create ${owner} ${keyOf(policy)}`,
        async operation(network) {
          const [version, nonce] = await Promise.all([latestVersion(network), freeNonce(network, owner)]);
          const { factory, pool } = network.config.contracts;
          return calls.create({ factory, owner, pool, version, policy, nonce });
        },
        changes: null,
        action: 'create the vault',
        done: 'Your vault is there. Deposit collateral next.',
        lines: [{ label: 'Network', value: context.config.name, id: 'network' }, { label: 'Blend pool', value: context.config.contracts.pool, id: 'pool' }, ...policyLines(policy)],
        found: ({ result }) => (typeof result === 'string' ? [{ label: 'Vault', value: result, id: 'vault' }] : []),
        receives: [],
        warnings: () => [
          { tone: 'info', text: 'It costs the fee once, most of it rent for the vault\u2019s entries. Each step that a keeper makes sells at a discount on the oracle\u2019s price; that is what the belt costs.' },
          { tone: 'warning', text: 'You may be better off without a vault: with a health factor of 1.5 or more there is next to nothing to insure; a fall that recovers leaves you with what was sold; and adding collateral yourself in time sells nothing. The contracts have not been audited.' },
        ],
      },
    };
  },
};

/** Assets of the configuration that the wallet cannot hold yet. */
const untrusted = (context: Context): Asset[] =>
  [...(context.trust ? [context.trust] : []), ...context.config.assets].filter((asset) => context.wallet && needsTrustline(asset, context.wallet.address) && !context.account?.balances.has(asset.contract));

export const trustline: Flow = {
  id: 'trustline',
  title: 'Add a trustline',
  signer: 'anybody',
  ofVault: false,
  start: (context) => ({ values: { asset: context.from.asset ?? untrusted(context)[0]?.contract ?? '' }, policy: null }),
  notes: (context) => [
    untrusted(context).length
      ? { tone: 'info', text: 'A trustline lets your account hold an asset. It keeps 0.5 XLM of your balance as a reserve, which is free again when you remove the trustline.' }
      : { tone: 'info', text: 'Your account can hold every asset that this page knows.' },
  ],
  fields: (context) => (untrusted(context).length ? [{ kind: 'select', name: 'asset', label: 'Asset', options: options(untrusted(context)) }] : []),
  meant(context, form): Meant {
    const assets = untrusted(context);
    const asset = assets.find((each) => each.contract === form.values.asset) ?? assets[0];
    if (!asset || !context.wallet) return { problems: { asset: '' } };
    return {
      intent: {
        key: `trustline ${context.wallet.address} ${asset.contract}`,
        operation: () => calls.changeTrust(asset),
        changes: null,
        action: `add ${asset.code}`,
        done: `Your account can hold ${asset.code} now.`,
        lines: [
          { label: 'Asset', value: asset.code, id: 'asset-code' },
          { label: 'Issuer', value: asset.issuer ?? '', id: 'issuer' },
          { label: 'Kept as reserve', value: '0.5 XLM', id: 'reserve' },
        ],
        receives: [],
        warnings: () => [{ tone: 'info', text: `Compare the issuer with the one that ${asset.code} is known by: anybody can issue an asset of the same name.` }],
      },
    };
  },
};

export const policy: Flow = {
  id: 'policy',
  title: 'Change the policy',
  signer: 'owner',
  ofVault: true,
  start: (context) => ({ values: {}, policy: context.from.policy ?? context.snapshot?.state.policy ?? context.core.presets().balanced }),
  notes: (context, form) => (form.policy && context.snapshot && keyOf(form.policy) === keyOf(context.snapshot.state.policy) ? [{ tone: 'info', text: 'This is the policy as it is set. Choose another one, or change a number.' }] : []),
  fields: () => [{ kind: 'policy', name: 'policy', label: 'Policy' }],
  meant(context, form) {
    const { vault, snapshot } = context;
    const { policy } = form;
    if (!vault || !snapshot || !policy) return { problems: { policy: '' } };
    if (keyOf(policy) === keyOf(snapshot.state.policy)) return { problems: { policy: '' } };
    const problem = policyProblem(context, policy, snapshot.state.links.resolution_seconds);
    if (problem) return { problems: { policy: problem } };
    return {
      intent: {
        key: `policy ${vault} ${keyOf(policy)}`,
        operation: () => calls.setPolicy(vault, policy),
        changes: [],
        policy,
        action: 'set the policy',
        done: 'The policy is set.',
        lines: policyLines(policy),
        receives: [],
        warnings: (preview) => [
          { tone: 'info', text: 'It also accepts the factors that the pool has now, and begins a new window of the budget.' },
          ...(policy.soft_e7 > snapshot.state.policy.soft_e7 ? [{ tone: 'warning' as const, text: 'Unwinding begins later than before: a smaller jump of the price reaches liquidation.' }] : []),
          ...(policy.soft_e7 < snapshot.state.policy.soft_e7 ? [{ tone: 'info' as const, text: 'Unwinding begins earlier than before: more is sold in falls that recover.' }] : []),
          ...riskWarnings(context, preview),
        ],
      },
    };
  },
};

export const automation: Flow = {
  id: 'automation',
  title: 'Automation',
  signer: 'owner',
  ofVault: true,
  start: () => NOTHING,
  notes: (context) => [
    context.snapshot?.state.automation
      ? { tone: 'info', text: 'Automation is on: keepers may unwind a part of the position as the policy says.' }
      : { tone: 'warning', text: 'Automation is off: nobody but you acts. The pool still liquidates.' },
  ],
  fields: () => [],
  meant(context) {
    const { vault, snapshot } = context;
    if (!vault || !snapshot) return { problems: { automation: '' } };
    const enabled = !snapshot.state.automation;
    return {
      intent: {
        key: `automation ${vault} ${enabled}`,
        operation: () => calls.setAutomation(vault, enabled),
        changes: [],
        action: `switch automation ${enabled ? 'on' : 'off'}`,
        done: `Automation is ${enabled ? 'on' : 'off'}.`,
        lines: [{ label: 'Automation', value: enabled ? 'off \u2192 on' : 'on \u2192 off', id: 'after' }],
        receives: [],
        warnings: (preview) =>
          enabled
            ? [{ tone: 'info', text: 'Keepers act as soon as the risk ratio reaches soft.' }]
            : [{ tone: 'danger', text: 'Nobody unwinds the vault in a fall, and nobody takes it out of an auction. You must watch it yourself.' }, ...riskWarnings(context, preview).slice(1)],
      },
    };
  },
};

export const restore: Flow = {
  id: 'restore',
  title: 'Restore the vault',
  signer: 'anybody',
  ofVault: true,
  start: () => NOTHING,
  notes: (context) => [
    context.snapshot?.archived
      ? { tone: 'warning', text: 'Entries of this vault were not used for months, and the network has archived them. Nothing is lost. The next call restores them, at a cost; this call does nothing else.' }
      : { tone: 'info', text: 'Nothing of this vault is archived. This call only extends the life of its entries.' },
  ],
  fields: () => [],
  meant(context) {
    const { vault } = context;
    if (!vault) return { problems: { restore: '' } };
    const archived = context.snapshot?.archived ?? false;
    return {
      intent: {
        key: `restore ${vault} ${archived}`,
        // What is archived and nothing else; its neighbours are restored by the calls that need them.
        operation: async (network) => (await calls.restoreAll(network, vault)) ?? calls.restore(vault),
        changes: null,
        action: archived ? 'restore the vault' : 'extend its life',
        done: archived ? 'The vault is restored.' : 'The life of the vault\u2019s entries is extended.',
        lines: [{ label: 'Vault', value: vault, id: 'vault' }],
        found: ({ restores }) => (restores === undefined ? [] : [{ label: 'Archived entries', value: restores ? 'restored by this' : 'none', id: 'restores' }]),
        receives: [],
        warnings: () => [{ tone: 'info', text: 'Anybody may pay for it. It moves nothing.' }],
      },
    };
  },
};

export const clearAuction: Flow = {
  id: 'clear-auction',
  title: 'Clear the auction',
  advice: { [114]: 'It can be cleared once the position is healthy again, or 500 ledgers after its start.' },
  signer: 'anybody',
  ofVault: true,
  start: () => NOTHING,
  notes: (context) => (context.snapshot?.auction ? [] : [{ tone: 'info', text: 'No auction is open.' }]),
  fields: () => [],
  meant(context) {
    const { vault, snapshot } = context;
    if (!vault || !snapshot) return { problems: { auction: '' } };
    if (!snapshot.auction) return { problems: { auction: '' } };
    return {
      intent: {
        key: `clearAuction ${vault} ${snapshot.auction.startLedger}`,
        operation: () => calls.clearStaleAuction(vault),
        changes: [],
        action: 'clear the auction',
        done: 'The auction is deleted.',
        lines: [{ label: 'Auction begun in ledger', value: String(snapshot.auction.startLedger), id: 'started' }],
        receives: [],
        warnings: (preview) => [
          { tone: 'info', text: 'Nothing is sold and nothing is paid. If the price falls again, another auction can be opened, and its clock begins anew.' },
          ...riskWarnings(context, preview),
        ],
      },
    };
  },
};
