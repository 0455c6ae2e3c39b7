import fc from 'fast-check';
import {
  CodecError,
  encodeSentence,
  SentenceDecoder,
  toRow,
} from '../../../src/routeros/api/codec';
import { REPLY_LIMITS } from '../../../src/routeros/api/reply-limits';
import { must, mustBeEqual } from './expect';
import { property, type FuzzProperty } from './fuzz';
import { text } from './inputs';

/** What comes over the line of the router: bytes, sentences, words. */

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
const lengths = fc.constantFrom(
  ...[[0x00], [0x7f], [0x80, 0x80], [0xbf, 0xff], [0xc0, 0x40, 0x00], [0xe0, 0x20, 0, 0]],
  ...[[0xef, 0xff, 0xff, 0xff], [0xf0, 0x7f, 0xff, 0xff, 0xff], [0xf0, 0, 0, 0, 1], [0xf8], [0xff]],
);
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((piece) => Buffer.from(piece)),
      lengths.map((prefix) => Buffer.from(prefix)),
      fc.array(text, { maxLength: 4 }).map((words) => encodeSentence(words.filter(isWord))),
    ),
    { maxLength: 5 },
  )
  .map((pieces) => Buffer.concat(pieces));

/** An empty word ends a sentence; half a character has no bytes of its own. */
function isWord(word: string): boolean {
  return word !== '' && Buffer.from(word).toString() === word;
}

function decode(all: Buffer, cuts: readonly number[]): { sentences: string[][]; broken: boolean } {
  const sentences: string[][] = [];
  const decoder = new SentenceDecoder(
    (words) => void sentences.push(words),
    REPLY_LIMITS.beforeLogin,
  );
  try {
    for (let at = 0, n = 0; at < all.length; n += 1) {
      const size = cuts[n % cuts.length]!;
      decoder.push(all.subarray(at, at + size));
      at += size;
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { sentences, broken: true };
  }
  return { sentences, broken: false };
}

export const wire: readonly FuzzProperty[] = [
  property(
    'any bytes are sentences, or a broken line',
    8,
    fc.tuple(bytes, sizes),
    ([all, cuts]) => {
      mustBeEqual(decode(all, cuts), decode(all, [all.length || 1]), 'cut in another way');
    },
  ),
  property(
    'what is sent is what arrives',
    4,
    fc.tuple(fc.array(fc.array(text.filter(isWord), { minLength: 1, maxLength: 5 }), { maxLength: 3 }), sizes), // prettier-ignore
    ([sentences, cuts]) => {
      const sent = Buffer.concat(sentences.map((words) => encodeSentence(words)));
      mustBeEqual(decode(sent, cuts), { sentences, broken: false }, 'on the line');
    },
  ),
  property(
    'a row takes nothing but its own names',
    4,
    fc.array(
      fc.tuple(text, text).map(([name, value]) => `=${name}=${value}`),
      { maxLength: 5 },
    ),
    (words) => {
      const row = toRow(['!re', ...words]);
      must(Object.getPrototypeOf(row) === Object.prototype, 'a row with another prototype');
      must(Object.keys(row).length <= words.length, 'more values than words');
      must(
        Object.values(row).every((value) => typeof value === 'string'),
        'a value is no text',
      );
      must(!('polluted' in {}), 'every object has a new property');
    },
  ),
];
