// A policy in a flow: one of the three presets, or every number of it.
import { saidShare } from './amounts';
import type { PresetName } from '../parts';
import type { VaultPolicy } from '../model';
import type { Context } from './types';

const PRESETS: { name: PresetName; title: string; words: string }[] = [
  { name: 'early', title: 'Early', words: 'Fewer liquidations; more is sold in falls that recover.' },
  { name: 'balanced', title: 'Balanced', words: 'The default.' },
  { name: 'late', title: 'Late', words: 'Less is sold; a smaller jump reaches liquidation. For vaults that a quick keeper serves.' },
];

export function PolicyField(props: { id: string; context: Context; value: VaultPolicy; problem: string | null; onChange(policy: VaultPolicy): void }) {
  const presets = props.context.core.presets();
  const isSame = (policy: VaultPolicy) => policy.soft_e7 === props.value.soft_e7 && policy.target_e7 === props.value.target_e7 && policy.hard_e7 === props.value.hard_e7;
  return (
    <fieldset class="presets">
      <legend>Policy</legend>
      {PRESETS.map(({ name, title, words }) => (
        <label class="preset" key={name}>
          <input type="radio" name={`${props.id}-preset`} checked={isSame(presets[name])} onChange={() => props.onChange(presets[name])} data-testid={`${props.id}-preset-${name}`} />
          <span>
            <b>{title}</b> unwinds from {saidShare(presets[name].soft_e7, 'down')} to {saidShare(presets[name].target_e7, 'down')}
            <span class="hint">{words}</span>
          </span>
        </label>
      ))}
      <p class="problem" aria-live="polite" data-testid={`${props.id}-policy-problem`}>
        {props.problem ?? ''}
      </p>
    </fieldset>
  );
}
