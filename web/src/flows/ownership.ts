// The vault changes hands: one proposes, the other accepts.
import * as calls from '../chain/operations';
import type { Address } from '../model';
import { addressProblem } from './receiver';
import { riskWarnings } from './risk';
import type { Flow, Warning } from './types';

export const transfer: Flow = {
  id: 'transfer',
  title: 'Transfer ownership',
  signer: 'owner',
  ofVault: true,
  start: () => ({ values: { to: '' }, policy: null }),
  notes: (context) => {
    const notes: Warning[] = [{ tone: 'info', text: 'Two steps: you propose a new owner, who then accepts. Until then the vault is yours, and you can propose somebody else.' }];
    if (context.snapshot?.proposedOwner) notes.push({ tone: 'warning', text: `Proposed now: ${context.snapshot.proposedOwner}. Another proposal replaces it; propose yourself to take it back.` });
    return notes;
  },
  fields: () => [{ kind: 'text', name: 'to', label: 'New owner', hint: 'G... (or C..., if the contract can call accept_owner)' }],
  meant(context, form) {
    const to = (form.values.to ?? '').trim();
    const { vault, snapshot } = context;
    const problem = addressProblem(to);
    if (problem !== null) return { problems: { to: problem } };
    if (!vault || !snapshot) return { problems: { to: '' } };
    if (to === vault) return { problems: { to: 'That is the vault itself: it could never accept.' } };
    if (to === snapshot.proposedOwner) return { problems: { to: 'That is the proposed owner already.' } };
    const back = to === snapshot.state.owner;
    return {
      intent: {
        key: `transfer ${vault} ${to}`,
        operation: () => calls.proposeOwner(vault, to),
        changes: null,
        action: back ? 'take the proposal back' : 'propose the new owner',
        done: back ? 'The proposal is replaced by yourself: nobody else can accept.' : 'Proposed. The new owner must accept before the vault changes hands.',
        lines: [
          { label: 'Owner now', value: snapshot.state.owner, id: 'owner' },
          { label: 'Proposed', value: to, id: 'proposed', whole: true },
        ],
        receives: [],
        warnings: () => (back ? [] : transferWarnings(to)),
      },
    };
  },
};

function transferWarnings(to: Address): Warning[] {
  const warnings: Warning[] = [
    { tone: 'danger', text: 'Once accepted, the new owner has everything in the vault: collateral, debt and reserve. It cannot be called back.' },
  ];
  if (to.startsWith('C')) warnings.push({ tone: 'warning', text: 'The new owner is a contract. It must be able to accept and to call the vault.' });
  return warnings;
}

export const accept: Flow = {
  id: 'accept',
  title: 'Accept ownership',
  signer: 'proposed',
  ofVault: true,
  start: () => ({ values: {}, policy: null }),
  fields: () => [],
  meant(context) {
    const { vault, snapshot } = context;
    if (!vault || !snapshot) return { problems: { accept: '' } };
    if (!snapshot.proposedOwner) return { problems: { accept: 'Nobody is proposed as owner.' } };
    return {
      intent: {
        key: `accept ${vault}`,
        operation: () => calls.acceptOwner(vault),
        changes: [],
        action: 'accept the vault',
        done: 'The vault is yours.',
        lines: [
          { label: 'Vault', value: vault, id: 'vault' },
          { label: 'Owner now', value: snapshot.state.owner, id: 'owner' },
          { label: 'Owner after', value: snapshot.proposedOwner, id: 'proposed' },
        ],
        receives: [],
        warnings: (preview) => [
          { tone: 'info', text: 'You take over collateral and debt as they are, with the policy that is set. Look at the position first.' },
          ...riskWarnings(context, preview),
        ],
      },
    };
  },
};
