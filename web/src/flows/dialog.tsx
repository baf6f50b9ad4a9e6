// The dialog of every flow: form, preview, signature, sending, result.
import { useEffect, useRef, useState } from 'preact/hooks';
import { refresh } from '../chain/session';
import type { Asset } from '../model';
import type { OpenFlow } from '../parts';
import { connecting, connection, flow as opened, vault } from '../store';
import { Button, CheckField, Dialog, Notice, Waiting } from '../ui';
import { FLOWS } from './all';
import { contextOf, network } from './context';
import { Fields } from './fields';
import { permissionOf, type Permission } from './permission';
import { isExcessive, saidFee } from './fee';
import { feeOf, PreviewView, Warnings } from './preview';
import { canLeave, placeOf, Progress, Stages, WORDS } from './progress';
import { begin, putAway, shown, underWay, type Run } from './run';
import type { Context, Flow, Form, Intent } from './types';
import { usePreview, type Previewed } from './use-preview';
import './flows.css';

export function FlowDialog() {
  const from = opened.value;
  return from ? <Opened key={keyOf(from)} from={from} /> : null;
}

let count = 0;
const counted = new WeakMap<OpenFlow, number>();
/** A flow that is opened again begins anew. */
function keyOf(from: OpenFlow): number {
  const known = counted.get(from) ?? ++count;
  counted.set(from, known);
  return known;
}

function Opened({ from }: { from: OpenFlow }) {
  const flow = FLOWS[from.name];
  const context = contextOf(from);
  const [form, setForm] = useState<Form | null>(null);
  const [trust, setTrust] = useState<Asset | null>(null);
  const [isBusy, setBusy] = useState(false);
  // A form begins once what it begins from is known, and is then the reader's.
  const isReady = context !== null && (!flow.ofVault || context.snapshot !== null);
  useEffect(() => {
    if (form === null && isReady && context) setForm(flow.start(context));
  }, [isReady]);
  useEffect(() => () => void (shown.value = null), []);
  const close = () => (opened.value = null);
  if (context && trust) {
    const trusting = { ...context, trust, from: { name: 'trustline' as const, asset: trust.contract } };
    return (
      <Dialog title={`Add a trustline for ${trust.code}`} onClose={close} busy={isBusy} testId="trustline-dialog">
        <Trusting context={trusting} onBusy={setBusy} onBack={() => setTrust(null)} />
      </Dialog>
    );
  }
  return (
    <Dialog title={flow.title} onClose={close} busy={isBusy} testId={`${flow.id}-dialog`}>
      {context && (form || !isReady) ? (
        <Machine flow={flow} context={context} form={form ?? NO_FORM} onForm={setForm} onBusy={setBusy} onClose={close} onTrust={setTrust} />
      ) : (
        <Waiting>Reading the network</Waiting>
      )}
    </Dialog>
  );
}

const NO_FORM: Form = { values: {}, policy: null };

/** A trustline on the way to something else. */
function Trusting({ context, onBusy, onBack }: { context: Context; onBusy(busy: boolean): void; onBack(): void }) {
  const flow = FLOWS.trustline;
  const [form, setForm] = useState(() => flow.start(context));
  return <Machine flow={flow} context={context} form={form} onForm={setForm} onBusy={onBusy} onClose={onBack} backWords="Go on" onTrust={() => undefined} />;
}

interface MachineProps {
  flow: Flow;
  context: Context;
  form: Form;
  backWords?: string;
  onForm(form: Form): void;
  onBusy(busy: boolean): void;
  onClose(): void;
  onTrust(asset: Asset): void;
}

function Machine({ flow, context, form, backWords, onForm, onBusy, onClose, onTrust }: MachineProps) {
  const [run, setRun] = useState<Run | null>(null);
  const [round, setRound] = useState(0);
  const [isAsked, setAsked] = useState(false);
  /** The highest fee that the reader has said to mean. */
  const [meantFee, setMeantFee] = useState(0n);
  const element = useRef<HTMLFormElement>(null);
  const permission = permissionOf(context, flow);
  const meant = permission.may === 'nothing' ? null : flow.meant(context, form);
  const intent = meant && 'intent' in meant ? meant.intent : null;
  const problems = meant && 'problems' in meant ? meant.problems : {};
  const previewed = usePreview(network.value, context, intent, round, connection.value?.ledger ?? 0, run !== null);
  const isBlocked = underWay.value.some((each) => each.account === context.wallet?.address && each !== run);
  const stage = run?.state.value.stage ?? 'form';
  const isBusy = run !== null && (stage === 'signing' || stage === 'sending') && !canLeave(run.state.value);

  useEffect(() => onBusy(isBusy), [isBusy]);
  useEffect(() => {
    if (run === null) element.current?.querySelector<HTMLElement>('input, select')?.focus();
  }, [run === null]);
  // A transaction that is over when its dialog closes has been seen.
  useEffect(
    () => () => {
      if (run && (run.state.peek().stage === 'done' || run.state.peek().stage === 'failed')) putAway(run);
    },
    [run],
  );

  const fee = previewed.state === 'ready' ? feeOf(previewed.preview.prepared) : 0n;
  const canSign = permission.may === 'sign' && previewed.state === 'ready' && !isBlocked && (!isExcessive(fee) || fee <= meantFee);
  const sign = () => {
    setAsked(true);
    const [wrong] = Object.keys(problems);
    if (wrong) element.current?.querySelector<HTMLElement>(`[data-testid="${flow.id}-${wrong}"]`)?.focus();
    if (!canSign || previewed.state !== 'ready' || !context.wallet || !network.value) return;
    const { preview } = previewed;
    setRun(
      begin({
        network: network.value,
        wallet: context.wallet,
        flowId: flow.id,
        preview,
        onDone: (done) => {
          void refresh();
          if (flow.id === 'create' && !preview.prepared.restore && typeof done.result === 'string') vault.value = done.result;
        },
      }),
    );
  };
  const again = () => {
    setRun(null);
    setRound(round + 1);
    shown.value = null;
  };

  return (
    <div class="stack">
      <Stages at={placeOf(run?.state.value ?? null)} failed={stage === 'failed'} />
      <p class="unseen" role="status" data-testid={`${flow.id}-stage`} data-stage={stage}>
        {run ? WORDS[run.state.value.stage] : formWords(previewed)}
      </p>
      {run ? (
        <Progress id={flow.id} run={run} walletName={context.wallet?.name ?? 'your wallet'} onAgain={again} onClose={onClose} {...(backWords ? { doneWords: backWords } : {})} />
      ) : (
        <form
          ref={element}
          class="stack"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            sign();
          }}
          onKeyDown={(event) => {
            // A browser does not submit by Enter while the button is off; then what is missing is said.
            if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
              event.preventDefault();
              sign();
            }
          }}
        >
          <Warnings id={`${flow.id}-notes`} warnings={flow.notes?.(context, form) ?? []} />
          {permission.may !== 'nothing' && <Fields id={flow.id} context={context} fields={flow.fields(context, form)} form={form} problems={shownProblems(problems, form, isAsked)} onForm={onForm} />}
          <Unfielded problems={problems} fields={flow.fields(context, form).map(({ name }) => name)} id={flow.id} />
          <PreviewView id={flow.id} context={context} previewed={advised(flow, previewed)}>
            {previewed.state === 'refused' && previewed.missing && (
              <div class="buttons">
                <Button kind="primary" onClick={() => previewed.missing && onTrust(previewed.missing)} testId={`${flow.id}-trust`}>
                  Add a trustline for {previewed.missing.code}
                </Button>
              </div>
            )}
          </PreviewView>
          {permission.may === 'sign' && isExcessive(fee) && (
            <CheckField label={`I mean to pay a network fee of up to ${saidFee(fee)}`} checked={fee <= meantFee} onChange={(isMeant) => setMeantFee(isMeant ? fee + fee / 20n : 0n)} testId={`${flow.id}-fee-meant`} />
          )}
          {isBlocked && <Notice tone="info">A transaction of this account is under way. Wait until it is in a ledger, then sign this one.</Notice>}
          <Refusal id={flow.id} permission={permission} />
          {permission.may === 'sign' && (
            <Button kind="primary" submit disabled={!canSign} testId={`${flow.id}-sign`}>
              {buttonWords(flow, intent, previewed)}
            </Button>
          )}
        </form>
      )}
    </div>
  );
}

/** Nothing is called wrong before it was entered, or the button was tried. */
function shownProblems(problems: Record<string, string>, form: Form, isAsked: boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(problems).map(([name, words]) => [name, words || (isAsked && name !== 'policy' && !form.values[name]?.trim() ? 'Fill this in.' : '')]));
}

/** Problems that belong to no field. */
function Unfielded({ id, problems, fields }: { id: string; problems: Record<string, string>; fields: string[] }) {
  const words = Object.entries(problems).filter(([name, text]) => text && !fields.includes(name));
  return (
    <>
      {words.map(([name, text]) => (
        <Notice key={name} tone="warning" testId={`${id}-problem`}>
          {text}
        </Notice>
      ))}
    </>
  );
}

function Refusal({ id, permission }: { id: string; permission: Permission }) {
  if (permission.may === 'sign') return null;
  const tone = permission.may === 'nothing' && permission.danger ? 'danger' : 'warning';
  return (
    <Notice tone={tone} title={permission.title} testId={`${id}-refused`}>
      <p class="flow-address">{permission.words}</p>
      {permission.connect && (
        <div class="buttons">
          <Button onClick={() => (connecting.value = true)} testId={`${id}-connect`}>
            Connect a wallet
          </Button>
        </div>
      )}
    </Notice>
  );
}

/** What to do about an error, where the flow knows better than the error. */
function advised(flow: Flow, previewed: Previewed): Previewed {
  const advice = previewed.state === 'refused' && previewed.error.code !== null ? flow.advice?.[previewed.error.code] : undefined;
  return advice && previewed.state === 'refused' ? { ...previewed, error: { ...previewed.error, advice } } : previewed;
}

function buttonWords(flow: Flow, intent: Intent | null, previewed: Previewed): string {
  if (previewed.state === 'ready' && previewed.preview.prepared.restore) return 'Sign and restore the archived entries first';
  return intent ? `Sign and ${intent.action}` : flow.title;
}

function formWords(previewed: Previewed): string {
  return { none: 'Fill in the form.', loading: 'Simulating it.', ready: 'Ready to sign.', pointless: 'There is nothing to do.', refused: 'It would fail.' }[previewed.state];
}
