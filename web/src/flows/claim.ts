// Claims what the pool's emissions owe the vault.
import * as calls from '../chain/operations';
import { said } from './amounts';
import { EMISSIONS } from './holding';
import { receiverFields, receiverLines, receiverOf, receiverWarnings } from './receiver';
import type { Flow } from './types';

export const claim: Flow = {
  id: 'claim',
  title: 'Claim emissions',
  signer: 'owner',
  ofVault: true,
  start: () => ({ values: {}, policy: null }),
  notes: () => [{ tone: 'info', text: 'Pools that take part in Blend\u2019s emissions pay BLND on deposits and debts. It gathers by itself and does not lapse.' }],
  fields: (_context, form) => receiverFields(form),
  meant(context, form) {
    const { vault, snapshot } = context;
    const receiver = receiverOf(context, form);
    if ('problem' in receiver) return { problems: { to: receiver.problem } };
    if (!vault || !snapshot) return { problems: { claim: '' } };
    const ids = [...snapshot.state.assets.keys()].sort((one, other) => one - other).flatMap((index) => [index * 2, index * 2 + 1]);
    if (ids.length === 0) return { problems: { claim: 'The vault has no position, so nothing gathers.' } };
    const { to } = receiver;
    return {
      intent: {
        key: `claim ${vault} ${ids.join(' ')} ${to}`,
        operation: () => calls.claim(vault, ids, to),
        changes: null,
        action: 'claim BLND',
        done: 'The emissions are claimed.',
        lines: receiverLines(context, to),
        found: ({ result }) => [{ label: 'Claimed', value: typeof result === 'bigint' ? said(result, BLND) : 'BLND', id: 'out' }],
        pointless: ({ result }) => (result === 0n ? 'Nothing is to be claimed now.' : null),
        receives: [{ asset: EMISSIONS, to }],
        warnings: () => receiverWarnings(context, to),
      },
    };
  },
};

/** Blend's own token has 7 decimals, as every classic asset. */
const BLND = { code: 'BLND', issuer: null, contract: '', decimals: 7 };
