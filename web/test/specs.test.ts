import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packSpecification } from '../scripts/specs.ts';

/** What a binding hands to the SDK. */
const entries = (code: string): unknown => new Function('Spec', `${code.slice(0, code.indexOf('import '))} return ${/new Spec\(.*?\)\)?(?=, options)/s.exec(code)?.[0]}`)(function Spec(list: unknown) {
  return { list };
});

test.each(['vault', 'factory', 'lens'])('the packed specification of %s is the same', (name) => {
  const code = readFileSync(fileURLToPath(new URL(`../generated/bindings/${name}/dist/client.js`, import.meta.url)), 'utf8');
  const packed = packSpecification(code);
  expect(packed).not.toContain('AAAA');
  const { list } = entries(`import ${code}`) as { list: string[] };
  expect(list.length).toBeGreaterThan(10);
  expect(entries(packed)).toEqual({ list });
});

test('a binding of another form is refused', () => {
  expect(() => packSpecification('new Spec([])')).toThrow('without a specification');
  expect(() => packSpecification('export {}')).toThrow('without a specification');
});
