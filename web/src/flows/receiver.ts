// Where a payout goes: the owner's account, or another address that is entered.
import { StrKey } from '@stellar/stellar-sdk';
import type { Address } from '../model';
import type { Context, Field, Form, Line, Warning } from './types';

/** The fields of "send elsewhere". */
export function receiverFields(form: Form): Field[] {
  const fields: Field[] = [{ kind: 'check', name: 'elsewhere', label: 'Send to another address' }];
  if (form.values.elsewhere) {
    fields.push({ kind: 'text', name: 'to', label: 'Receiver', hint: 'G... or C... Not an exchange: it may need a memo, which a contract call cannot carry.' });
  }
  return fields;
}

/** What is wrong with an address; an empty text where nothing was entered yet. */
export function addressProblem(text: string): string | null {
  if (text === '') return '';
  if (StrKey.isValidEd25519PublicKey(text) || StrKey.isValidContract(text)) return null;
  if (StrKey.isValidMed25519PublicKey(text)) return 'A muxed address (M...) cannot be used here. Enter the account behind it (G...).';
  if (StrKey.isValidEd25519SecretSeed(text)) return 'That is a secret key. Remove it, and do not paste it anywhere.';
  return 'That is no address of an account (G...) or a contract (C...). A character may be missing or wrong.';
}

export function receiverOf(context: Context, form: Form): { to: Address } | { problem: string } {
  const self = context.wallet?.address;
  if (!form.values.elsewhere) return self ? { to: self } : { problem: '' };
  const to = (form.values.to ?? '').trim();
  const problem = addressProblem(to);
  if (problem !== null) return { problem };
  if (to === context.vault) return { problem: 'That is the vault itself.' };
  return { to };
}

export const receiverLines = (context: Context, to: Address): Line[] => (to === context.wallet?.address ? [] : [{ label: 'Sent to', value: to, id: 'to', whole: true }]);

export function receiverWarnings(context: Context, to: Address): Warning[] {
  if (to === context.wallet?.address) return [];
  if (to.startsWith('C')) {
    return [{ tone: 'warning', text: 'The receiver is a contract. If it has no way to use or return what it holds, what you send is lost.' }];
  }
  return [{ tone: 'info', text: 'What is sent to another address cannot be called back.' }];
}
