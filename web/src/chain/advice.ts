// What a borrower can do about an error of a contract, or of the network.
import type { ContractError } from './diagnose';

const LESS = 'Use a smaller amount, or repay or deposit first.';
const ORACLE = 'Wait until the oracle publishes a price. Deposits and repayments work without one.';
const POLICY = 'Change the policy.';
const SALE = 'Try again, or accept less for the sale. The price or the exchange may have moved.';
const REFRESH = 'Look at the newest figures and try again.';

const ADVICE: Record<string, string> = {
  'vault 100': 'Switch automation on first.',
  'vault 101': 'Try again.',
  'vault 102': `${LESS} A higher soft threshold in the policy would allow it too, at more risk.`,
  'vault 104': 'Choose another asset.',
  'vault 105': ORACLE,
  'vault 106': ORACLE,
  'vault 107': 'Wait until the second oracle publishes a price, or change the policy.',
  'vault 108': SALE,
  'vault 109': 'Sign nothing more like it: a contract on the way took more than it should.',
  'vault 111': 'Try a smaller amount, or wait until others repay or deposit.',
  'vault 112': 'Wait until the pool is active again. Repayments work in every status.',
  'vault 113': ORACLE,
  'vault 114': LESS,
  'vault 115': 'Leave more collateral, or repay the debt in full.',
  'vault 116': 'Repay or deposit enough that the vault is healthy again: that deletes the auction in the same transaction.',
  'vault 118': 'Nothing needs to be done.',
  'vault 119': 'Ask the present owner to propose you again.',
  'vault 120': 'Enter at most what the reserve holds.',
  'vault 121': 'Use an asset that the vault has already, or repay or withdraw another in full.',
  'vault 122': 'Deposit less, or another asset.',
  'vault 123': 'Choose another asset. Repayments and withdrawals still work.',
  'vault 124': 'Sell more, accept less for it, or add to the reserve first.',
  'vault 125': SALE,
  'vault 126': 'Use an asset that the vault has already.',
  'vault 131': 'Enter an amount above zero.',
  'vault 132': REFRESH,
  'vault 133': REFRESH,
  'vault 141': 'Accept a better price only: at this one a sale does more harm than good. Or repay from your own balance.',
  'vault 142': 'Sell more in this step, or repay or deposit first.',
  'vault 143': 'Choose the flash loan as the path, or sell less.',
  'vault 144': 'Sell at most what the vault holds.',
  'vault 145': 'Repay the debt in full, or leave more collateral.',
  'vault 149': ORACLE,
  'factory 200': 'Wait until creation is open again. Vaults that exist are not affected.',
  'factory 203': 'Open the vault that you have.',
  'factory 205': POLICY,
  'Blend pool 1205': LESS,
  'Blend pool 1206': 'Wait until the pool is active again. Repayments work in every status.',
  'Blend pool 1207': 'Try a smaller amount, or wait until others repay or deposit.',
  'Blend pool 1210': ORACLE,
  'Comet 17': 'Sell less at once: the exchange is small.',
  'Comet 20': SALE,
  'Comet 21': 'Sell less at once: the exchange is small.',
  'token 6': 'The account must be created first, by sending it lumens.',
  'token 9': REFRESH,
  'token 10': "Enter at most what you can spend. If it is a payment to you, your trustline's limit may be too low.",
  'token 11': "The asset's issuer must allow the account to hold it: ask the issuer.",
  'token 13': 'Add the trustline first.',
  txTOO_LATE: 'Prepare it again, and sign it within its time.',
  txBAD_SEQ: 'Prepare it again.',
  txBAD_AUTH: 'Check which account and which network the wallet is set to.',
  txINSUFFICIENT_BALANCE: 'Send lumens to the account first.',
  txNO_ACCOUNT: 'Send lumens to the account first: that creates it.',
  txINSUFFICIENT_FEE: 'Prepare it again: the fee is chosen anew.',
  txSOROBAN_INVALID: 'Prepare it again.',
  INVOKE_HOST_FUNCTION_TRAPPED: REFRESH,
  INVOKE_HOST_FUNCTION_RESOURCE_LIMIT_EXCEEDED: 'Prepare it again.',
  INVOKE_HOST_FUNCTION_ENTRY_ARCHIVED: 'Prepare it again: it then restores what it needs.',
  INVOKE_HOST_FUNCTION_INSUFFICIENT_REFUNDABLE_FEE: 'Prepare it again.',
  CHANGE_TRUST_LOW_RESERVE: 'Send lumens to the account first: every asset that it holds takes a reserve of half a lumen.',
  PAYMENT_NO_TRUST: 'The receiver must add a trustline first.',
};

export function adviceOf({ role, code }: ContractError): string | null {
  if (role === 'vault' && code >= 160 && code < 170) return POLICY;
  return ADVICE[`${role} ${code}`] ?? null;
}

export function adviceOfResult(name: string): string | null {
  return ADVICE[name] ?? null;
}
