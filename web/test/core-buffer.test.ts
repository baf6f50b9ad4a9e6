import { beforeAll, describe, expect, it } from 'vitest';
import { loadCore } from '../src/core';
import { writeQuestion, type Asked } from '../src/core/question';
import { AnswerReader, QuestionWriter } from '../src/core/words';
import type { Snapshot, VaultPolicy } from '../src/model';
import { coreBytes, reserve, snapshot, units, USDC, XLM } from './support/snapshot';

/** As scripts/build-contracts.sh has it. */
const STACK_BYTES = 262_144;

let balanced: VaultPolicy;
beforeAll(async () => {
  ({ balanced } = (await loadCore(coreBytes())).presets());
});

describe('the buffer', () => {
  const view = (words: number) => new DataView(new ArrayBuffer(words * 8));

  it('holds numbers as they are', () => {
    const buffer = view(12);
    new QuestionWriter(buffer, 1).number(7).flag(true).wide(-1n).wide((1n << 127n) - 1n).finish();
    expect([buffer.getBigUint64(0, true), buffer.getBigUint64(8, true)]).toEqual([1n, 8n]);
    // An answer's length is where a question has its version.
    buffer.setBigUint64(0, 8n, true);
    const reader = new AnswerReader(buffer);
    reader.big();
    expect([reader.number(), reader.flag(), reader.wide(), reader.wide()]).toEqual([7, true, -1n, (1n << 127n) - 1n]);
    reader.finish();
    expect(() => reader.big()).toThrow('too short');
  });

  it('takes no number that does not fit', () => {
    const writer = () => new QuestionWriter(view(4), 1);
    expect(() => writer().number(-1)).toThrow(RangeError);
    expect(() => writer().number(1n << 64n)).toThrow(RangeError);
    expect(() => writer().wide(1n << 127n)).toThrow(RangeError);
    expect(() => writer().number(1).number(1).number(1)).toThrow(RangeError);
  });

  it('is believed nothing that is malformed', () => {
    const answer = (...words: bigint[]) => {
      const buffer = view(words.length);
      words.forEach((word, index) => buffer.setBigUint64(index * 8, word, true));
      return new AnswerReader(buffer);
    };
    expect(() => answer(0n)).toThrow('length');
    expect(() => answer(3n, 1n)).toThrow('length');
    expect(() => new AnswerReader(view(0))).toThrow('length');
    expect(() => answer(2n, 2n).flag()).toThrow('flag');
    expect(() => answer(2n, 1n << 32n).number()).toThrow('too large');
    expect(() => answer(3n, 1n, 1n).finish()).toThrow('too long');
    expect(() => answer(2n, 1n).wide()).toThrow('too short');
  });

  it('needs a module that is the core', async () => {
    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    await expect(loadCore(empty)).rejects.toThrow('the core has no');
  });
});

describe('the module', () => {
  it('has room on its stack for the longest plan of the largest vault', async () => {
    const instance = (await WebAssembly.instantiate(coreBytes(), {})).instance;
    const memory = instance.exports.memory as WebAssembly.Memory;
    const call = (name: string) => (instance.exports[`ballast_${name}`] as () => number)();
    // The stack is what comes first in memory, and grows downwards.
    const stack = new Uint8Array(memory.buffer, 0, STACK_BYTES);
    const view = new DataView(memory.buffer, call('buffer'), call('buffer_words') * 8);
    const state = largest();
    const asks: [string, Asked][] = [
      ['plan', { reserve: 0, amount: state.reserves[0]!.rounds[0]!.price / 2n }],
      ['most', { reserve: 0 }],
      ['most', { reserve: 0, mode: true }],
      ['quote', { path: 'flash' }],
      ['auction', {}],
    ];
    for (const [name, asked] of asks) {
      stack.fill(0xa5);
      const writer = new QuestionWriter(view, 1);
      writeQuestion(writer, name === 'auction' ? { ...state, auction: { startLedger: 900, lot: new Map(), bid: new Map() } } : state, asked);
      writer.finish();
      expect(call(name), name).toBe(0);
      const used = STACK_BYTES - stack.findIndex((byte) => byte !== 0xa5);
      expect(used, name).toBeLessThan(STACK_BYTES / 2);
    }
  });

  it('does not trap on any question', async () => {
    const instance = (await WebAssembly.instantiate(coreBytes(), {})).instance;
    const memory = instance.exports.memory as WebAssembly.Memory;
    const call = (name: string) => (instance.exports[`ballast_${name}`] as () => number)();
    const view = new DataView(memory.buffer, call('buffer'), call('buffer_words') * 8);
    // The same numbers at every run.
    let seed = 1n;
    const random = (below: number) => {
      seed = BigInt.asUintN(64, seed * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
      return Number(seed >> 33n) % below;
    };
    const edges = [0n, 1n, 2n, 1n << 31n, 1n << 32n, 1n << 36n, 1n << 63n, (1n << 64n) - 1n];
    const answers = new Map<number, number>();
    for (let round = 0; round < 600; round += 1) {
      const state = round % 3 === 0 ? largest() : snapshot(balanced, 1_500 + (round % 300));
      const auction = round % 4 === 0 ? { startLedger: 900, lot: new Map([[XLM, units(100)]]), bid: new Map([[USDC, units(20)]]) } : null;
      const writer = new QuestionWriter(view, 1);
      writeQuestion(writer, { ...state, auction }, { reserve: 0, amount: 10n ** 13n, mode: round % 2 === 0 });
      writer.finish();
      const words = Number(view.getBigUint64(8, true));
      for (let bend = random(6); bend > 0; bend -= 1) {
        view.setBigUint64((2 + random(words - 2)) * 8, edges[random(edges.length)]!, true);
      }
      const question = new Uint8Array(view.buffer, view.byteOffset, words * 8).slice();
      for (const name of ['validate', 'presets', 'health', 'quote', 'plan', 'auction', 'most', 'price']) {
        new Uint8Array(view.buffer, view.byteOffset, question.length).set(question);
        const code = call(name);
        answers.set(code, (answers.get(code) ?? 0) + 1);
      }
    }
    expect(answers.size).toBeGreaterThan(8);
    expect(answers.get(0)).toBeGreaterThan(500);
  }, 60_000);

  /** Ten assets, all of them held and owed, at risk, with thresholds that move. */
  function largest(): Snapshot {
    const policy = { ...balanced, step_min_e7: 100_000, step_max_e7: 100_000, volatility_z_e2: 100, volatility_shift_max_e7: 100_000 };
    const state = snapshot(policy, 0);
    state.reserves = Array.from({ length: 10 }, (_, index) =>
      reserve(`C${index}`, index, 1 + index / 10, { bTokens: units(1_000), dTokens: units(684), idle: units(1), second: null }),
    );
    state.state.assets = new Map(state.reserves.map(({ asset, index }) => [index, { asset, accepted_collateral_e7: 0, accepted_liability_e7: 0 }]));
    return state;
  }
});
