/** Why something is no address of an account or a contract; null if it is one. */
export async function addressProblem(text: string): Promise<string | null> {
  if (text === '') return 'Enter an address.';
  if (text.startsWith('S') && text.length === 56) return 'That is a secret key. Never enter it into a page. Enter the address that starts with G.';
  if (!/^[GC]/.test(text)) return 'An address starts with G (an account) or C (a vault).';
  if (text.length !== 56) return `An address has 56 characters; this has ${text.length}.`;
  if (!/^[A-Z2-7]+$/.test(text)) return 'An address has capital letters and the digits 2 to 7 only.';
  const { StrKey } = await import('@stellar/stellar-sdk');
  return StrKey.isValidEd25519PublicKey(text) || StrKey.isValidContract(text) ? null : 'The address has a typing error: its checksum is wrong.';
}
