// What a call would do, before it is signed.
import type { Explained } from '../parts';
import { AddressText, Icon, Notice, Row, Rows, Trouble, Waiting } from '../ui';
import { feeWarnings, saidFee } from './fee';
import { riskLines } from './risk';
import type { Context, Intent, Line, Preview, Warning } from './types';
import type { Previewed } from './use-preview';

export function Lines({ id, lines }: { id: string; lines: Line[] }) {
  return (
    <>
      {lines.map((line, index) => (
        <Row key={`${line.label} ${index}`} label={line.label} {...(line.id ? { testId: `${id}-${line.id}` } : {})} {...(line.tone ? { tone: line.tone } : {})}>
          {!ADDRESS.test(line.value) ? line.value : line.whole ? <span class="flow-address">{line.value}</span> : <AddressText address={line.value} label={line.label.toLowerCase()} />}
        </Row>
      ))}
    </>
  );
}

const ADDRESS = /^[GC][A-Z2-7]{55}$/;

export function PreviewView({ id, context, previewed, children }: { id: string; context: Context; previewed: Previewed; children?: preact.ComponentChildren }) {
  if (previewed.state === 'none') return null;
  if (previewed.state === 'loading') return <Waiting>Simulating it on the network</Waiting>;
  if (previewed.state === 'pointless') {
    return (
      <Notice tone="info" announce testId={`${id}-nothing`}>
        {previewed.words}
      </Notice>
    );
  }
  if (previewed.state === 'refused') return <Refused id={id} error={previewed.error}>{children}</Refused>;
  return <Ready id={id} context={context} preview={{ ...previewed.preview, after: healthAfter(context, previewed.preview.intent) }} />;
}

/** Of the call, and of the restoring that must come before it. */
export const feeOf = ({ feeMost, restore }: Preview['prepared']): bigint => feeMost + (restore?.feeMost ?? 0n);

function healthAfter({ snapshot, core }: Context, { changes, policy }: Intent): Preview['after'] {
  return changes === null || !snapshot ? null : core.health(snapshot, { changes, ...(policy ? { policy } : {}) });
}

function Refused({ id, error, children }: { id: string; error: Explained; children?: preact.ComponentChildren }) {
  return (
    <Trouble of={error} testId={`${id}-error`}>
      {children}
    </Trouble>
  );
}

function Ready({ id, context, preview }: { id: string; context: Context; preview: Preview }) {
  const { intent, prepared } = preview;
  const lines = [...intent.lines, ...(intent.found?.(prepared) ?? []), ...riskLines(context, preview)];
  return (
    <>
      <Rows testId={`${id}-preview`}>
        <Lines id={id} lines={lines} />
        <Row label="Network fee, at most" testId={`${id}-fee`}>
          {saidFee(feeOf(prepared))}
        </Row>
      </Rows>
      {prepared.restores && <Warnings id={id} title="Archived entries" warnings={[{ tone: 'warning', text: 'Entries that this call needs are archived. It restores them first, which is in the fee.' }]} />}
      <Warnings id={id} title="What can go wrong" warnings={[...feeWarnings(feeOf(prepared), prepared.restores), ...intent.warnings(preview)]} />
    </>
  );
}

export function Warnings({ id, title, warnings }: { id: string; title?: string; warnings: Warning[] }) {
  if (warnings.length === 0) return null;
  return (
    <section class="flow-warnings" data-testid={`${id}-warnings`}>
      {title && <h3>{title}</h3>}
      <ul>
        {warnings.map(({ tone, text }) => (
          <li key={text} class={`flow-warning flow-warning-${tone}`}>
            <Icon name={tone === 'info' ? 'info' : 'warning'} />
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
