// The chain's own arithmetic, from crates/core-wasm: one instance, one buffer, one function an operation.
import wasmUrl from '../../generated/core.wasm?url';
import type { Address, ErrorCode, Outcome, Snapshot, VaultPolicy } from '../model';
import type { Core } from '../parts';
import { readAuction, readHealth, readPlan, readQuote } from './answer';
import { RULES, readPolicy, unreadable, withFieldsOf, writePolicy, type PolicyField } from './policy';
import { writeQuestion, type Asked } from './question';
import { AnswerReader, QuestionWriter } from './words';

export { POLICY_FIELDS, RULES, type PolicyField } from './policy';

const VERSION = 1;
/** The core's own codes, for questions that it cannot read. */
const OUT_OF_RANGE = 3;
const FIRST_CONTRACT_CODE = 100;
/** `Overflow` of the vault: a number beyond what the arithmetic takes. */
const OVERFLOW = 130;
/** `PolicyThresholds` and `PolicyVolatility`. */
const THRESHOLDS = 160;
const VOLATILITY = 168;

type Operation = 'validate' | 'presets' | 'health' | 'quote' | 'plan' | 'auction' | 'most' | 'price';
const OPERATIONS: readonly Operation[] = ['validate', 'presets', 'health', 'quote', 'plan', 'auction', 'most', 'price'];

/** What the wasm exports. */
interface Exports {
  memory: WebAssembly.Memory;
  buffer: () => number;
  words: () => number;
  run: Record<Operation, () => number>;
}

/** Loads the core that was built with the page, or the given one. */
export async function loadCore(bytes?: BufferSource): Promise<Core> {
  const { instance } = await WebAssembly.instantiate(bytes ?? (await fetched()), {});
  return new Arithmetic(exportsOf(instance));
}

async function fetched(): Promise<ArrayBuffer> {
  const response = await fetch(wasmUrl);
  if (!response.ok) throw new Error(`the page’s arithmetic could not be loaded: ${response.status}`);
  return response.arrayBuffer();
}

function exportsOf(instance: WebAssembly.Instance): Exports {
  const { exports } = instance;
  const named = (name: string): (() => number) => {
    const found = exports[`ballast_${name}`];
    if (typeof found !== 'function') throw new Error(`the core has no function ${name}`);
    return () => Number(found()) >>> 0;
  };
  if (!(exports.memory instanceof WebAssembly.Memory)) throw new Error('the core has no memory');
  const version = named('version')();
  if (version !== VERSION) throw new Error(`the core speaks version ${version} of its layout, the page version ${VERSION}`);
  const run = Object.fromEntries(OPERATIONS.map((name) => [name, named(name)])) as Exports['run'];
  return { memory: exports.memory, buffer: named('buffer'), words: named('buffer_words'), run };
}

class Arithmetic implements Core {
  constructor(private readonly wasm: Exports) {}

  validatePolicy(policy: VaultPolicy, resolutionSeconds: number): ErrorCode | null {
    // In the contract's order: a field that it could not read is out of its rule's bounds.
    const unread = unreadable(policy);
    if (unread !== null) return this.problems(policy, resolutionSeconds)[0]?.code ?? unread;
    const outcome = this.ask(
      'validate',
      (writer) => {
        writer.number(resolutionSeconds);
        writePolicy(writer, policy);
      },
      () => null,
    );
    return outcome.ok ? null : outcome.code;
  }

  problems(policy: VaultPolicy, resolutionSeconds: number): { code: ErrorCode; fields: readonly PolicyField[] }[] {
    const { balanced } = this.presets();
    const base = { ...balanced, max_price_age_seconds: BigInt(Math.min(2 * resolutionSeconds, 86_400)) };
    const breaks = (code: ErrorCode, fields: readonly PolicyField[]) => {
      const alone = withFieldsOf(base, policy, fields);
      return (unreadable(alone) ?? this.validatePolicy(alone, resolutionSeconds)) === code;
    };
    const thresholds = RULES[0]?.fields ?? [];
    return RULES.filter(({ code, fields }) => {
      // The bound of volatility depends on the target.
      const together = code === VOLATILITY && !breaks(THRESHOLDS, thresholds) ? [...thresholds, ...fields] : fields;
      return breaks(code, together);
    }).map(({ code, fields }) => ({ code, fields }));
  }

  presets(): ReturnType<Core['presets']> {
    const outcome = this.ask(
      'presets',
      () => undefined,
      (reader) => ({ early: readPolicy(reader), balanced: readPolicy(reader), late: readPolicy(reader) }),
    );
    if (!outcome.ok) throw new Error(`the core has no presets: ${outcome.code}`);
    return outcome.value;
  }

  health(...[snapshot, options = {}]: Parameters<Core['health']>): ReturnType<Core['health']> {
    return this.answer('health', snapshot, options, (reader) => readHealth(reader, snapshot));
  }

  quote(...[snapshot, path]: Parameters<Core['quote']>): ReturnType<Core['quote']> {
    return this.answer('quote', snapshot, { path }, (reader) => readQuote(reader, snapshot));
  }

  plan(...[snapshot, asset, price, options = {}]: Parameters<Core['plan']>): ReturnType<Core['plan']> {
    const { jump = false, ...policy } = options;
    const asked = { ...about(snapshot, asset), ...policy, amount: price, mode: jump };
    return this.answer('plan', snapshot, asked, (reader) => readPlan(reader, snapshot));
  }

  auction(...[snapshot, ledger]: Parameters<Core['auction']>): ReturnType<Core['auction']> {
    if (!snapshot.auction) return null;
    return this.answer('auction', snapshot, { newestLedger: ledger }, readAuction);
  }

  most(...[snapshot, asset, what]: Parameters<Core['most']>): bigint {
    const asked = { ...about(snapshot, asset), mode: what === 'withdraw' };
    const outcome = this.answer('most', snapshot, asked, (reader) => reader.wide());
    return outcome.ok ? outcome.value : 0n;
  }

  priceAt(...[snapshot, asset, ratioE7]: Parameters<Core['priceAt']>): bigint | null {
    const asked = { ...about(snapshot, asset), amount: ratioE7 };
    const outcome = this.answer('price', snapshot, asked, (reader) => reader.maybe());
    return outcome.ok ? outcome.value : null;
  }

  private answer<T>(operation: Operation, snapshot: Snapshot, asked: Asked, read: (reader: AnswerReader) => T): Outcome<T> {
    return this.ask(operation, (writer) => writeQuestion(writer, snapshot, asked), read);
  }

  private ask<T>(operation: Operation, write: (writer: QuestionWriter) => void, read: (reader: AnswerReader) => T): Outcome<T> {
    const { memory, buffer, words, run } = this.wasm;
    const view = new DataView(memory.buffer, buffer(), words() * 8);
    const writer = new QuestionWriter(view, VERSION);
    write(writer);
    writer.finish();
    const code = run[operation]();
    if (code === OUT_OF_RANGE) return { ok: false, code: OVERFLOW };
    if (code >= FIRST_CONTRACT_CODE) return { ok: false, code };
    if (code !== 0) throw new Error(`the core could not read the page’s question: ${code}`);
    const reader = new AnswerReader(view);
    const value = read(reader);
    reader.finish();
    return { ok: true, value };
  }
}

function about(snapshot: Snapshot, asset: Address): Asked {
  const reserve = snapshot.reserves.findIndex((each) => each.asset === asset);
  if (reserve < 0) throw new Error('the pool has no such asset');
  return { reserve };
}
