// The fields of a flow, from what it says of them.
import { CheckField, SelectField, TextField } from '../ui';
import { PolicyField } from './policy-field';
import type { Context, Field, Form, Problems } from './types';

interface Props {
  id: string;
  context: Context;
  fields: Field[];
  form: Form;
  problems: Problems;
  onForm(form: Form): void;
}

export function Fields({ id, context, fields, form, problems, onForm }: Props) {
  const set = (values: Record<string, string>) => onForm({ ...form, values: { ...form.values, ...values } });
  return (
    <>
      {fields.map((field) => {
        const name = `${id}-${field.name}`;
        const value = form.values[field.name] ?? '';
        const problem = problems[field.name] || null;
        switch (field.kind) {
          case 'select': {
            const isListed = field.options.some((option) => option.value === value);
            const shown = isListed ? value : (field.options[0]?.value ?? '');
            return <SelectField key={name} testId={name} label={field.label} hint={field.hint} options={field.options} value={shown} problem={problem} onChange={(chosen) => set(changed(field.name, chosen))} />;
          }
          case 'amount': {
            const { fill } = field;
            const action = fill && {
              label: fill.label,
              name: `${fill.label}: ${fill.amount} ${field.unit}`,
              disabled: fill.amount === '0',
              onClick: () => set({ [field.name]: fill.amount, all: fill.mark ? '1' : '' }),
            };
            return (
              <TextField
                key={name}
                testId={name}
                label={field.label}
                hint={field.hint}
                unit={field.unit}
                inputMode="decimal"
                value={value}
                problem={problem}
                {...(action ? { action } : {})}
                onInput={(text) => set({ [field.name]: text, all: '' })}
              />
            );
          }
          case 'text':
            return <TextField key={name} testId={name} label={field.label} hint={field.hint} unit={field.unit} inputMode={field.decimal ? 'decimal' : 'text'} value={value} problem={problem} onInput={(text) => set({ [field.name]: text })} />;
          case 'check':
            return <CheckField key={name} testId={name} label={field.label} checked={value !== ''} onChange={(checked) => set({ [field.name]: checked ? '1' : '' })} />;
          case 'policy':
            return <PolicyField key={name} id={id} context={context} value={form.policy} problem={problem} onChange={(policy) => onForm({ ...form, policy })} />;
        }
      })}
    </>
  );
}

/** An amount of one asset says nothing of another: a new asset empties the amount. */
const changed = (name: string, value: string): Record<string, string> => (name === 'asset' ? { asset: value, amount: '', all: '' } : { [name]: value });
