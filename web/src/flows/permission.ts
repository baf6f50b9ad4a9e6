// Who may sign a flow: said before anything is asked of a wallet.
import { shortAddress } from '../format/time';
import type { Context, Flow } from './types';

export type Permission =
  | { may: 'sign' }
  /** Everything is shown, and nothing can be signed. */
  | { may: 'look'; title: string; words: string; connect: boolean }
  | { may: 'nothing'; title: string; words: string; connect: boolean; danger?: boolean };

const nothing = (title: string, words: string, connect = false): Permission => ({ may: 'nothing', title, words, connect });

export function permissionOf(context: Context, flow: Flow): Permission {
  const { wallet, snapshot } = context;
  if (flow.ofVault) {
    if (!context.vault) return nothing('No vault is chosen', 'Create one first, or choose one of yours.');
    if (!snapshot) return nothing('The vault is not read yet', 'It appears here as soon as the network has answered.');
    if (!snapshot.genuine) {
      return {
        may: 'nothing',
        title: 'This is no vault of Ballast',
        words: 'The factory that this page goes by did not deploy this contract. Whatever it says of itself may be false. Nothing can be signed for it here. If a link brought you, do not trust whoever sent it.',
        connect: false,
        danger: true,
      };
    }
  }
  if (!wallet) return nothing('No wallet is connected', 'Connect the wallet that is to sign.', true);
  const stranger = snapshot && flow.ofVault ? strangerOf(context, flow) : null;
  if (!wallet.canSign) {
    const words = 'You only watch this address: it has no key here.';
    if (!wallet.address.startsWith('G')) return nothing('Watching only', 'You only watch this vault. Connect a wallet to sign.', true);
    return stranger ? nothing('Watching only', `${words} ${stranger.words}`, true) : { may: 'look', title: 'Watching only', words: `${words} Connect the wallet that holds it to sign.`, connect: true };
  }
  return stranger ?? { may: 'sign' };
}

function strangerOf({ wallet, snapshot }: Context, flow: Flow): { may: 'nothing'; title: string; words: string; connect: boolean } | null {
  if (!wallet || !snapshot) return null;
  if (flow.signer === 'owner' && wallet.address !== snapshot.state.owner) {
    return { may: 'nothing', title: 'Only the owner can do this', words: `This vault belongs to ${shortAddress(snapshot.state.owner)}. Connect that account to act for it.`, connect: true };
  }
  const { proposedOwner } = snapshot;
  if (flow.signer !== 'proposed') return null;
  if (proposedOwner === null) {
    return { may: 'nothing', title: 'Nobody is proposed as owner', words: 'The proposal was accepted or replaced.', connect: false };
  }
  if (wallet.address !== proposedOwner) {
    return { may: 'nothing', title: 'Only the proposed owner can accept', words: `${shortAddress(proposedOwner)} is proposed. Connect that account to accept.`, connect: true };
  }
  return null;
}
