import { useId, useMemo, useRef, useState } from 'preact/hooks';
import { core } from '../store';
import type { Asset, VaultPolicy } from '../model';
import type { PresetName } from '../parts';
import { CheckField, Notice, SelectField, TextField } from '../ui';
import { draftOf, GROUPS, isSamePolicy, readDraft, type Draft, type FieldGroup } from './policy-fields';
import { MEASURED, MEASURED_CAVEAT, presetOf, PRESET_FOR, PRESET_TITLE, PRESETS } from './policy-words';
import { PolicyPicture } from './policy-picture';
import { shareText } from './text';
import { sentenceOf } from './words';
import './policy.css';

export interface PolicyFormProps {
  /** What the form starts from. */
  policy: VaultPolicy;
  resolutionSeconds: number;
  /** Assets of the pool: what a second oracle may be asked about. */
  assets: readonly Asset[];
  /** The policy as it stands, or null while the vault would refuse it. */
  onChange(policy: VaultPolicy | null): void;
  /** Without the measured figures, where room is scarce. */
  isShort?: boolean;
  /** Whether the picture is drawn; it is unless told. */
  isPictured?: boolean;
}

/** Presets, and every number under them. What the vault would refuse is said while it is typed, in the vault's words. */
export function PolicyForm(props: PolicyFormProps) {
  const { resolutionSeconds, onChange } = props;
  const arithmetic = core.value;
  const [draft, setDraft] = useState<Draft>(() => draftOf(props.policy));
  const started = useRef(draft);
  // As the reader left it: numbers that equal a preset while they are typed close nothing.
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const read = useMemo(() => readDraft(draft), [draft]);
  const codes = useMemo(() => (read.policy && arithmetic ? arithmetic.problems(read.policy, resolutionSeconds).map((problem) => problem.code) : []), [read, arithmetic, resolutionSeconds]);
  if (!arithmetic) return null;
  const presets = arithmetic.presets();
  const chosen = read.policy ? presetOf(read.policy, presets) : null;
  const change = (next: Draft) => {
    setDraft(next);
    const { policy } = readDraft(next);
    onChange(policy && arithmetic.validatePolicy(policy, resolutionSeconds) === null ? policy : null);
  };
  const elsewhere = codes.filter((code) => !GROUPS.some((group) => group.codes.includes(code)));
  return (
    <div class="policy-form">
      <Presets chosen={chosen} presets={presets} onChoose={(name) => change(draftOf(presets[name]))} hasOwn={!PRESETS.some((name) => isSamePolicy(props.policy, presets[name]))} onOwn={() => change(started.current)} />
      {!props.isShort && <Measured chosen={chosen} />}
      {props.isPictured !== false && read.policy && codes.length === 0 && <PolicyPicture policy={read.policy} />}
      <details class="expert" open={isOpen ?? chosen === null} onToggle={(event) => setOpen(event.currentTarget.open)} data-testid="policy-expert">
        <summary>Every number of it</summary>
        <div class="expert-groups">
          {GROUPS.map((group) => (
            <Group key={group.title} group={group} draft={draft} problems={read.problems} codes={codes} onChange={change}>
              {group.codes.includes(165) && <SecondOracle draft={draft} problems={read.problems} assets={props.assets} onChange={change} />}
            </Group>
          ))}
        </div>
      </details>
      {elsewhere.map((code) => (
        <Notice key={code} tone="danger" announce testId="policy-problem">
          <p>{sentenceOf(code)}</p>
        </Notice>
      ))}
    </div>
  );
}

function Presets(props: { chosen: PresetName | null; presets: Record<PresetName, VaultPolicy>; hasOwn: boolean; onChoose(name: PresetName): void; onOwn(): void }) {
  const group = useId();
  return (
    <fieldset class="presets">
      <legend>Preset</legend>
      {PRESETS.map((name) => {
        const { soft_e7: soft, target_e7: target } = props.presets[name];
        return (
          <label key={name} class="preset">
            <input type="radio" name={group} checked={props.chosen === name} onChange={() => props.onChoose(name)} data-testid={`policy-preset-${name}`} />
            <span class="preset-body">
              <span class="preset-title">
                {PRESET_TITLE[name]}{' '}
                <span class="preset-range number">
                  {shareText(soft)} to {shareText(target)}
                </span>
              </span>
              <span class="preset-words">{PRESET_FOR[name]}</span>
            </span>
          </label>
        );
      })}
      {(props.hasOwn || props.chosen === null) && (
        <label class="preset">
          <input type="radio" name={group} checked={props.chosen === null} onChange={props.onOwn} data-testid="policy-preset-own" />
          <span class="preset-body">
            <span class="preset-title">Own numbers</span>
            <span class="preset-words">As they stand below.</span>
          </span>
        </label>
      )}
    </fieldset>
  );
}

function Measured({ chosen }: { chosen: PresetName | null }) {
  return (
    <figure class="measured">
      <table>
        <caption class="unseen">What the presets were measured to be worth</caption>
        <thead>
          <tr>
            <th scope="col">Measured on XLM</th>
            <th scope="col" class="right">
              No vault
            </th>
            {PRESETS.map((name) => (
              <th key={name} scope="col" class={name === chosen ? 'right measured-chosen' : 'right'}>
                {PRESET_TITLE[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {MEASURED.map((row) => (
            <tr key={row.label}>
              <th scope="row">{row.label}</th>
              <td class="right number">{row.bare}</td>
              {PRESETS.map((name) => (
                <td key={name} class={name === chosen ? 'right number measured-chosen' : 'right number'}>
                  {row.of[name]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <figcaption class="quiet small">{MEASURED_CAVEAT}</figcaption>
    </figure>
  );
}

interface GroupProps {
  group: FieldGroup;
  draft: Draft;
  problems: Record<string, string>;
  /** What the vault would say. */
  codes: readonly number[];
  onChange(draft: Draft): void;
  children?: preact.ComponentChildren;
}

const UNITS = { share: '%', ledgers: 'ledgers', seconds: 'seconds', times: 'times' } as const;

function Group({ group, draft, problems, codes, onChange, children }: GroupProps) {
  const own = codes.filter((code) => group.codes.includes(code));
  const isRefused = own.length > 0;
  return (
    <fieldset class={isRefused ? 'expert-group expert-group-wrong' : 'expert-group'}>
      <legend>{group.title}</legend>
      <p class="hint">{group.words}</p>
      <div class="expert-fields">
        {group.numbers.map((field) => (
          <TextField
            key={field.name}
            label={field.label}
            hint={field.hint}
            unit={UNITS[field.kind]}
            inputMode={field.kind === 'share' || field.kind === 'times' ? 'decimal' : 'numeric'}
            value={draft.numbers[field.name]}
            problem={problems[field.id]}
            testId={`policy-${field.id}`}
            onInput={(text) => onChange({ ...draft, numbers: { ...draft.numbers, [field.name]: text } })}
          />
        ))}
      </div>
      {group.switches.map((field) => (
        <CheckField key={field.name} label={field.label} checked={draft[field.name]} testId={`policy-${field.id}`} onChange={(isOn) => onChange({ ...draft, [field.name]: isOn })} />
      ))}
      {children}
      <p class="problem" aria-live="polite" data-testid={isRefused ? 'policy-problem' : undefined}>
        {isRefused ? `The vault would refuse this. ${own.map(sentenceOf).join(' ')}` : ''}
      </p>
    </fieldset>
  );
}

function SecondOracle({ draft, problems, assets, onChange }: { draft: Draft; problems: Record<string, string>; assets: readonly Asset[]; onChange(draft: Draft): void }) {
  const { second } = draft;
  const change = (part: Partial<Draft['second']>) => onChange({ ...draft, second: { ...second, ...part } });
  return (
    <div class="stack">
      <SelectField
        label="Second oracle"
        hint="Another feed with the interface of SEP-40. The higher price of the two is the floor of a sale."
        value={second.isOn ? 'feed' : 'none'}
        options={[
          { value: 'none', label: 'None' },
          { value: 'feed', label: 'A feed' },
        ]}
        testId="policy-second-oracle"
        onChange={(value) => change({ isOn: value === 'feed' })}
      />
      {second.isOn && (
        <>
          <TextField label="Contract of the feed" value={second.oracle} problem={problems.oracle} testId="policy-oracle" onInput={(oracle) => change({ oracle })} />
          <CheckField label="Required: without a fresh price of it keepers may not act" checked={second.required} testId="policy-oracle-required" onChange={(required) => change({ required })} />
          <div class="expert-fields">
            {assets.map((asset) => (
              <TextField
                key={asset.contract}
                label={`${asset.code} is called`}
                hint="A contract, or a symbol; empty if the feed is not asked."
                value={second.names[asset.contract] ?? ''}
                problem={problems[`oracle-${asset.contract}`]}
                testId={`policy-oracle-${asset.code}`}
                onInput={(name) => change({ names: { ...second.names, [asset.contract]: name } })}
              />
            ))}
          </div>
        </>
      )}
    </div>
  );
}
