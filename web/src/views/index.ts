import { AuctionView as Auction } from './auction';
import { ActivityChart as Chart } from './chart';
import { guarded } from './guard';
import { HistoryView as History } from './history';
import { Overview as Main } from './overview';
import { PlanView as Plan } from './plan';
import { PolicyView as Policy } from './policy';

export const Overview = guarded(Main);
export const PlanView = guarded(Plan);
export const AuctionView = guarded(Auction);
export const HistoryView = guarded(History);
export const ActivityChart = guarded(Chart);
export const PolicyView = guarded(Policy);
export { Welcome } from './welcome';
export { PolicyForm, type PolicyFormProps } from './policy-form';
