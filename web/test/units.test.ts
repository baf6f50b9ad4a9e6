import { describe, expect, test } from 'vitest';
import { AmountError, decimalsOf, formatPrice, formatShareE7, formatUnits, parseShareE7, parseUnits, plainUnits } from '../src/format/units';

describe('amounts', () => {
  test('are written exactly', () => {
    expect(formatUnits(12345678n, 7)).toBe('1.2345678');
    expect(formatUnits(10000000n, 7)).toBe('1');
    expect(formatUnits(1n, 7)).toBe('0.0000001');
    expect(formatUnits(-15n, 1)).toBe('\u22121.5');
    expect(formatUnits(1234567890n, 0)).toBe('1\u202f234\u202f567\u202f890');
    expect(formatUnits(5n, 0)).toBe('5');
    expect(formatUnits(25n, 1, { sign: true })).toBe('+2.5');
  });

  test('are rounded the way that is asked for, also when they are negative', () => {
    expect(formatUnits(19999999n, 7, { digits: 2 })).toBe('1.99');
    expect(formatUnits(19900001n, 7, { digits: 2, rounding: 'up' })).toBe('2');
    expect(formatUnits(-19900001n, 7, { digits: 2, rounding: 'up' })).toBe('\u22122');
    expect(formatUnits(1n, 7, { digits: 2, rounding: 'up', leastDigits: 2 })).toBe('0.01');
    expect(formatUnits(-1n, 7, { digits: 2 })).toBe('0');
    expect(formatUnits(999999999n, 7, { digits: 0, rounding: 'up' })).toBe('100');
  });

  test('are read back to the last digit', () => {
    let seed = 7n;
    for (let round = 0; round < 2000; round += 1) {
      seed = (seed * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
      const decimals = round % 19;
      const amount = seed >> BigInt(round % 60);
      expect(parseUnits(formatUnits(amount, decimals), decimals)).toBe(amount);
      expect(parseUnits(plainUnits(amount, decimals), decimals)).toBe(amount);
    }
  });

  test('are refused with words', () => {
    for (const [text, words] of [
      ['', /Enter an amount/],
      ['  ', /Enter an amount/],
      ['1,5', /point for decimals/],
      ['1.2.3', /at most one point/],
      ['.', /at most one point/],
      ['-1', /at most one point/],
      ['1e5', /at most one point/],
      ['0x10', /at most one point/],
      ['\u0661', /at most one point/],
      ['1.00000001', /At most 7 digits/],
      ['9'.repeat(40), /more than a contract/],
    ] as const) {
      expect(() => parseUnits(text, 7)).toThrow(words);
      expect(() => parseUnits(text, 7)).toThrow(AmountError);
    }
    expect(parseUnits('1.50000000000', 7)).toBe(15000000n);
    expect(parseUnits(' 1\u202f234.5', 7)).toBe(12345000000n);
    expect(parseUnits('.5', 7)).toBe(5000000n);
    expect(parseUnits('5.', 7)).toBe(50000000n);
  });
});

describe('shares and prices', () => {
  test('are written', () => {
    expect(formatShareE7(9234567n, { rounding: 'up' })).toBe('92.35%');
    expect(formatShareE7(9234567n)).toBe('92.34%');
    expect(formatShareE7(9600000)).toBe('96%');
    expect(parseShareE7('96.5')).toBe(9650000n);
    expect(parseShareE7('96.5 %')).toBe(9650000n);
    expect(formatPrice(21000000000000n, 14)).toBe('0.21');
    expect(formatPrice(36261234567890n, 14)).toBe('0.36261');
    expect(formatPrice(36261234567890n, 14, 'up')).toBe('0.36262');
    expect(formatPrice(6512345678900000000n, 14)).toBe('65\u202f123.45');
    expect(decimalsOf(10000000n)).toBe(7);
    expect(decimalsOf(1n)).toBe(0);
  });
});
