export { Overview } from './overview';
export { PlanView } from './plan';
export { PolicyView } from './policy';
export { PolicyForm, type PolicyFormProps } from './policy-form';
