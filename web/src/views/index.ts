export { Overview } from './overview';
export { PolicyView } from './policy';
export { PolicyForm, type PolicyFormProps } from './policy-form';
