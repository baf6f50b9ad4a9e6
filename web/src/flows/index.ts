export { FlowDialog } from './dialog';
export { PendingNotices } from './pending';
