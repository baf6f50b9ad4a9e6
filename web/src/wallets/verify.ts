// What a wallet gives back is checked before anything is sent: it must be the transaction that it was given, signed by
// its source for our network. Nothing but the signature itself says which network a wallet signed for.
import { FeeBumpTransaction, hash, Keypair, type Transaction, TransactionBuilder } from '@stellar/stellar-sdk';
import { shortAddress } from '../format/time';
import { WalletError } from './errors';
import { KNOWN_PASSPHRASES, networkName } from './networks';

const same = (one: Uint8Array, other: Uint8Array) => one.length === other.length && one.every((byte, index) => byte === other[index]);

function parsed(xdr: string, passphrase: string): Transaction | FeeBumpTransaction | null {
  try {
    return TransactionBuilder.fromXDR(xdr, passphrase);
  } catch {
    return null;
  }
}

/**
 * Gives `signedXdr` back if it is `givenXdr` with a signature by `source` (`G...`) for the network of `passphrase`.
 * @throws WalletError with what is wrong: `changed`, `wrong-network`, `wrong-account` or `failed`.
 */
export function verifySigned(givenXdr: string, signedXdr: string, source: string, passphrase: string): string {
  const given = parsed(givenXdr, passphrase);
  if (!given || given instanceof FeeBumpTransaction) throw new Error('only a plain transaction can be given to a wallet');
  const signed = parsed(signedXdr, passphrase);
  if (!signed) throw new WalletError('failed', 'Not a transaction', 'The wallet gave back something that is no transaction. Nothing was sent.', 'Try again; if it stays, use another wallet.');
  if (signed instanceof FeeBumpTransaction || !same(signed.signatureBase(), given.signatureBase())) {
    const what = signed instanceof FeeBumpTransaction ? 'wrapped the transaction in another one' : 'gave back another transaction than it was given';
    throw new WalletError('changed', 'The wallet changed the transaction', `The wallet ${what}. It was not sent.`, 'Sign again without changing anything; if it stays, use another wallet.');
  }
  const key = Keypair.fromPublicKey(source);
  const signatures = signed.signatures;
  const signedFor = (network: string) => {
    // The network's id is the first part of what is signed; everything after it is the same.
    const base = Uint8Array.from(given.signatureBase());
    base.set(hash(network));
    const digest = hash(base);
    return signatures.some((each) => key.verify(digest, each.signature));
  };
  if (signedFor(passphrase)) return signedXdr;

  const ours = networkName(passphrase);
  const other = KNOWN_PASSPHRASES.find((network) => network !== passphrase && signedFor(network));
  if (other) {
    throw new WalletError('wrong-network', 'Wrong network', `The wallet signed for ${networkName(other)}. This page works on ${ours}. Nothing was sent.`, `Switch the wallet to ${ours}, then sign again.`);
  }
  if (signatures.length === 0) {
    throw new WalletError('failed', 'Not signed', 'The wallet gave the transaction back without a signature. Nothing was sent.', 'Sign again; if it stays, use another wallet.');
  }
  if (signatures.some((each) => same(each.hint.value, key.signatureHint()))) {
    throw new WalletError('wrong-network', 'Wrong network', `The signature is not for ${ours}, nor for any other network that this page knows. Nothing was sent.`, `Switch the wallet to ${ours}, then sign again.`);
  }
  throw new WalletError('wrong-account', 'Signed by another account', `The page is connected as ${shortAddress(source)}, and the wallet signed with another account. Nothing was sent.`, 'Choose that account in the wallet, or connect again with the other one.');
}
