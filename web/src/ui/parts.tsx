import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Explained } from '../parts';
import { shortAddress } from '../format/time';
import { Icon } from './icon';

export type Tone = 'info' | 'good' | 'warning' | 'danger';

/** A message that stands. `announce` reads it out when it appears. */
export function Notice(props: { tone: Tone; title?: ComponentChildren; announce?: boolean; testId?: string; children?: ComponentChildren }) {
  const icon = props.tone === 'good' ? 'check' : props.tone === 'info' ? 'info' : 'warning';
  return (
    <div class={`notice notice-${props.tone}`} role={props.announce ? (props.tone === 'danger' ? 'alert' : 'status') : undefined} data-testid={props.testId}>
      <Icon name={icon} />
      <div>
        {props.title && <p class="notice-title">{props.title}</p>}
        {props.children}
      </div>
    </div>
  );
}

/** An error in words. */
export function Trouble(props: { of: Explained; testId?: string; children?: ComponentChildren }) {
  const { title, words, advice, code } = props.of;
  // Words of the contracts name their code already.
  const isToldApart = code !== null && !words.includes(String(code));
  return (
    <Notice tone="danger" title={title} announce testId={props.testId ?? 'trouble'}>
      <p>
        {words}
        {isToldApart && <span class="code"> (code {code})</span>}
      </p>
      {advice && <p>{advice}</p>}
      {props.children}
    </Notice>
  );
}

/** A number with what it is and, in small, what it means. */
export function Figure(props: { label: ComponentChildren; value: ComponentChildren; note?: ComponentChildren; tone?: Tone; testId?: string }) {
  return (
    <div class={props.tone ? `figure figure-${props.tone}` : 'figure'}>
      <dt>{props.label}</dt>
      <dd class="figure-value" data-testid={props.testId}>
        {props.value}
      </dd>
      {props.note && <dd class="figure-note">{props.note}</dd>}
    </div>
  );
}

export function Figures(props: { children: ComponentChildren; testId?: string }) {
  return (
    <dl class="figures" data-testid={props.testId}>
      {props.children}
    </dl>
  );
}

/** Lines of a preview: what it is, and how much. */
export function Rows(props: { testId?: string; children: ComponentChildren }) {
  return (
    <dl class="rows" data-testid={props.testId}>
      {props.children}
    </dl>
  );
}

export function Row(props: { label: ComponentChildren; children: ComponentChildren; testId?: string; tone?: Tone }) {
  return (
    <div class={props.tone ? `row row-${props.tone}` : 'row'}>
      <dt>{props.label}</dt>
      <dd data-testid={props.testId}>{props.children}</dd>
    </div>
  );
}

export function Card(props: { title?: ComponentChildren; actions?: ComponentChildren; testId?: string; children: ComponentChildren; wide?: boolean }) {
  return (
    <section class={props.wide ? 'card card-wide' : 'card'} data-testid={props.testId}>
      {(props.title || props.actions) && (
        <header class="card-head">
          {props.title && <h2>{props.title}</h2>}
          {props.actions && <div class="card-actions">{props.actions}</div>}
        </header>
      )}
      {props.children}
    </section>
  );
}

export function Badge(props: { tone?: Tone; children: ComponentChildren; testId?: string }) {
  return (
    <span class={`badge badge-${props.tone ?? 'info'}`} data-testid={props.testId}>
      {props.children}
    </span>
  );
}

/** An address by its ends, with the whole of it for the clipboard and for screen readers. */
export function AddressText(props: { address: string; label?: string; testId?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(props.address).then(
      () => setCopied(true),
      () => setCopied(false),
    );
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <span class="address" title={props.address} data-testid={props.testId} data-address={props.address}>
      <span aria-hidden="true">{shortAddress(props.address)}</span>
      <span class="unseen">{props.address}</span>
      <button type="button" class="icon-button small" aria-label={`Copy ${props.label ?? 'address'}`} onClick={copy}>
        <Icon name={copied ? 'check' : 'copy'} />
      </button>
    </span>
  );
}

export function Waiting(props: { children: ComponentChildren }) {
  return (
    <p class="waiting" role="status">
      <span class="spinner" aria-hidden="true" />
      {props.children}
    </p>
  );
}
