// What the contracts themselves say about their error codes.
import words from '../../generated/words.json';
import type { ErrorCode } from '../model';

type Known = { code: number; name: string; words: string };

/** A vault's error in its own words, without a capital letter and a full stop. */
export function wordsOf(code: ErrorCode): string {
  const listed = words as unknown as { vault?: Known[] };
  return listed.vault?.find((each) => each.code === code)?.words ?? `error ${code}`;
}

/** The same as a sentence, with the code for whoever asks for help. */
export function sentenceOf(code: ErrorCode): string {
  const said = wordsOf(code);
  return `${said.charAt(0).toUpperCase()}${said.slice(1)} (code ${code}).`;
}
