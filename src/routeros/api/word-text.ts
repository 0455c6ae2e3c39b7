import { isUtf8 } from 'node:buffer';
import { encodeBytes, encodeSentence } from './codec';

/** Of every character a byte could be, as Windows has it in the West: no two bytes look alike. */
export const USUAL_CODE_PAGE = 'windows-1252';

/** Texts that are remembered; a router with more of them shows the rest, and gets them back as UTF-8. */
const MOST_REMEMBERED = 5_000;

const NOT_ASCII = /[\u0080-\uffff]/;

/** Whether this is the name of a code page, such as `windows-1251`. */
export function isCodePage(name: string): boolean {
  try {
    return new TextDecoder(name) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Words of a router as text. It stores bytes, whatever they mean: WinBox writes the code page of the Windows it runs
 * on. What is not UTF-8 is read by the code page of the shop, and written back as the bytes that it was.
 */
export class WordText {
  private readonly decoder: TextDecoder;
  /** Values that were read and are not UTF-8, as their bytes. */
  private readonly remembered = new Map<string, Buffer>();

  constructor(codePage: string = USUAL_CODE_PAGE) {
    this.decoder = new TextDecoder(codePage);
  }

  read(bytes: Buffer): string {
    if (isUtf8(bytes)) return bytes.toString('utf8');
    const text = this.decoder.decode(bytes);
    const at = valueAt(bytes.toString('latin1'));
    // The name before it is ASCII, and has as many characters as bytes.
    const value = text.slice(at);
    if (this.remembered.size < MOST_REMEMBERED || this.remembered.has(value)) {
      this.remembered.set(value, Buffer.from(bytes.subarray(at)));
    }
    return text;
  }

  /** @throws CodecError for an empty word */
  encode(words: readonly string[]): Buffer {
    const isPlain = (word: string) => !NOT_ASCII.test(word) || !this.bytesOf(word);
    if (this.remembered.size === 0 || words.every(isPlain)) return encodeSentence(words);
    return encodeBytes(words.map((word) => this.bytesOf(word) ?? Buffer.from(word, 'utf8')));
  }

  private bytesOf(word: string): Buffer | undefined {
    const at = valueAt(word);
    const value = this.remembered.get(word.slice(at));
    return value && Buffer.concat([Buffer.from(word.slice(0, at), 'utf8'), value]);
  }
}

/** Where the value of `=name=value` or `?name=value` begins; 0 in any other word. */
function valueAt(word: string): number {
  const divide = word.startsWith('=') || word.startsWith('?') ? word.indexOf('=', 1) : -1;
  return divide + 1;
}
