// The core's buffer of 64-bit words, as crates/core-wasm documents it: written and read one after the other.

const HIGH = 64n;

/** Writes a question: its version, its length, and what follows. */
export class QuestionWriter {
  private next = 2;

  constructor(
    private readonly view: DataView,
    private readonly version: number,
  ) {}

  /** An unsigned number. */
  number(value: number | bigint): this {
    const number = BigInt(value);
    if (number < 0n || number >= 1n << HIGH) throw new RangeError(`${number} does not fit a word`);
    return this.word(number);
  }

  flag(value: boolean): this {
    return this.word(value ? 1n : 0n);
  }

  /** A number of two words, the lower half first, in two's complement. */
  wide(value: bigint): this {
    if (BigInt.asIntN(128, value) !== value) throw new RangeError(`${value} does not fit 128 bits`);
    return this.word(BigInt.asUintN(64, value)).word(BigInt.asUintN(64, value >> HIGH));
  }

  finish(): void {
    this.view.setBigUint64(0, BigInt(this.version), true);
    this.view.setBigUint64(8, BigInt(this.next), true);
  }

  private word(word: bigint): this {
    if ((this.next + 1) * 8 > this.view.byteLength) throw new RangeError('the question is longer than the core takes');
    this.view.setBigUint64(this.next * 8, word, true);
    this.next += 1;
    return this;
  }
}

/** Reads an answer, whose first word is its length. */
export class AnswerReader {
  private next = 1;
  private readonly length: number;

  constructor(private readonly view: DataView) {
    const length = view.byteLength < 8 ? 0n : view.getBigUint64(0, true);
    if (length < 1n || length * 8n > BigInt(view.byteLength)) throw new Error('the core’s answer has no valid length');
    this.length = Number(length);
  }

  big(): bigint {
    if (this.next >= this.length) throw new Error('the core’s answer is too short');
    const word = this.view.getBigUint64(this.next * 8, true);
    this.next += 1;
    return word;
  }

  /** A number of 32 bits. */
  number(): number {
    const word = this.big();
    if (word > 0xffff_ffffn) throw new Error('a number of the core’s answer is too large');
    return Number(word);
  }

  flag(): boolean {
    const word = this.big();
    if (word > 1n) throw new Error('a flag of the core’s answer is neither 0 nor 1');
    return word === 1n;
  }

  wide(): bigint {
    const low = this.big();
    return BigInt.asIntN(128, low | (this.big() << HIGH));
  }

  /** A flag, and a number that counts where it is set. */
  maybe(): bigint | null {
    const [there, value] = [this.flag(), this.wide()];
    return there ? value : null;
  }

  maybeNumber(): number | null {
    const [there, value] = [this.flag(), this.number()];
    return there ? value : null;
  }

  finish(): void {
    if (this.next !== this.length) throw new Error('the core’s answer is too long');
  }
}
