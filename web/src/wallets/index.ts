export { ConnectDialog } from './dialog';
export { reconnect } from './connection';
export { WalletError, type WalletFailure } from './errors';
