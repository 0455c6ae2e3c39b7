import { isUtf8 } from 'node:buffer';
import { encodeBytes, encodeSentence } from '../../routeros/api/codec';

/**
 * Words as a router keeps them: bytes, whatever they mean. Old WinBox writes Windows' own code pages, and what
 * it wrote must come back as it came. A word that is not UTF-8 is kept with each byte beyond ASCII as a lone
 * surrogate, which no text has, so that all other words are plain text in here.
 */
const RAW = 0xdc00;
const HAS_RAW = /[\udc80-\udcff]/u;

export function readWord(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return bytes
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (one) => String.fromCharCode(RAW + one.charCodeAt(0)));
}

export function writeSentence(words: readonly string[]): Buffer {
  return words.some((word) => HAS_RAW.test(word))
    ? encodeBytes(words.map(writeWord))
    : encodeSentence(words);
}

function writeWord(word: string): Buffer {
  if (!HAS_RAW.test(word)) return Buffer.from(word, 'utf8');
  // By code point, so that half of an emoji is not taken for a byte.
  const parts = [...word].map((one) => {
    const code = one.charCodeAt(0);
    return HAS_RAW.test(one) ? Buffer.of(code - RAW) : Buffer.from(one, 'utf8');
  });
  return Buffer.concat(parts);
}
