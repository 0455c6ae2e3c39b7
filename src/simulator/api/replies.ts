import type { Switches } from '../engine/faults';
import type { Outcome } from '../engine/menu-spec';
import type { Personality } from '../engine/personality';
import type { Refusal } from '../engine/refusals';
import type { Values } from '../engine/table';

/** A reply sentence without its tag: `!re`, `=name=value`... */
export function sentence(word: string, attributes: Values = {}): string[] {
  const words = [word];
  for (const name in attributes) words.push(`=${name}=${attributes[name]}`);
  return words;
}

export function rowReplies(outcome: Outcome): string[][] {
  return (outcome.rows ?? []).map((row) => sentence('!re', row));
}

/** What follows the rows: `!empty` where this router sends it, then `!done`. */
export function closing(outcome: Outcome, emptyReply: boolean): string[][] {
  const done = sentence('!done', outcome.ret === undefined ? {} : { ret: outcome.ret });
  return emptyReply ? [['!empty'], done] : [done];
}

/** Since 7.18 for a print without rows; a fault makes it come with every reply that has no data. */
export function needsEmpty(
  outcome: Outcome,
  mode: Switches['emptyReply'],
  personality: Personality,
): boolean {
  if (outcome.ret !== undefined || (outcome.rows?.length ?? 0) > 0) return false;
  if (mode === 'by-version') return personality.emptyReply && outcome.rows !== undefined;
  return mode === 'always';
}

export function trapReply(refusal: Refusal, personality: Personality): string[] {
  return sentence('!trap', personality.trapAttributes(refusal));
}

/** No tag and an empty one are the same: the reply carries none. */
export function withTag(words: string[], tag: string, position: Switches['tagPosition']): string[] {
  if (tag === '') return words;
  const [head, ...rest] = words;
  const tagWord = `.tag=${tag}`;
  return position === 'first' ? [head!, tagWord, ...rest] : [...words, tagWord];
}
