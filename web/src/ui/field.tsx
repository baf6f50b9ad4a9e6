import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  /** What is wrong with what was entered. */
  problem?: string | null | undefined;
  testId?: string;
}

/** A label, a control, a hint and what is wrong, tied together for screen readers. */
function Frame(props: FieldProps & { id: string; children: ComponentChildren }) {
  return (
    <div class={props.problem ? 'field field-wrong' : 'field'}>
      <label for={props.id}>{props.label}</label>
      {props.children}
      {props.hint && (
        <p class="hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      )}
      <p class="problem" id={`${props.id}-problem`} aria-live="polite" data-testid={props.testId && `${props.testId}-problem`}>
        {props.problem ?? ''}
      </p>
    </div>
  );
}

const describedBy = (id: string, props: FieldProps) => (props.hint ? `${id}-hint ${id}-problem` : `${id}-problem`);

interface TextProps extends FieldProps {
  value: string;
  onInput(value: string): void;
  /** What stands behind the text: an asset's code, a percent sign. */
  unit?: ComponentChildren;
  action?: { label: string; name?: string; onClick(): void; disabled?: boolean };
  inputMode?: 'decimal' | 'numeric' | 'text';
  disabled?: boolean;
  placeholder?: string;
}

export function TextField(props: TextProps) {
  const id = useId();
  return (
    <Frame {...props} id={id}>
      <div class="control">
        <input
          id={id}
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          inputMode={props.inputMode ?? 'text'}
          disabled={props.disabled ?? false}
          placeholder={props.placeholder}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-invalid={Boolean(props.problem)}
          aria-describedby={describedBy(id, props)}
          data-testid={props.testId}
        />
        {props.unit && <span class="unit">{props.unit}</span>}
        {props.action && (
          <button type="button" class="inline-button" onClick={props.action.onClick} disabled={props.action.disabled ?? false} aria-label={props.action.name} data-testid={props.testId && `${props.testId}-action`}>
            {props.action.label}
          </button>
        )}
      </div>
    </Frame>
  );
}

interface SelectProps extends FieldProps {
  value: string;
  onChange(value: string): void;
  options: { value: string; label: string }[];
  disabled?: boolean;
}

export function SelectField(props: SelectProps) {
  const id = useId();
  return (
    <Frame {...props} id={id}>
      <div class="control">
        <select
          id={id}
          value={props.value}
          onChange={(event) => props.onChange(event.currentTarget.value)}
          disabled={props.disabled ?? false}
          aria-describedby={describedBy(id, props)}
          data-testid={props.testId}
        >
          {props.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </div>
    </Frame>
  );
}

export function CheckField(props: { label: ComponentChildren; checked: boolean; onChange(checked: boolean): void; disabled?: boolean; testId?: string }) {
  return (
    <label class="check">
      <input type="checkbox" checked={props.checked} disabled={props.disabled ?? false} onChange={(event) => props.onChange(event.currentTarget.checked)} data-testid={props.testId} />
      <span>{props.label}</span>
    </label>
  );
}

export type ButtonProps = Omit<JSX.IntrinsicElements['button'], 'class' | 'type'> & { kind?: 'primary' | 'plain' | 'danger'; testId?: string; submit?: boolean };

export function Button({ kind = 'plain', testId, submit, ...rest }: ButtonProps) {
  return <button {...rest} type={submit ? 'submit' : 'button'} class={`button button-${kind}`} data-testid={testId} />;
}
