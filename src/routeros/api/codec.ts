/**
 * Bytes <-> sentences of the RouterOS API. A sentence is a list of words; a word is a length prefix and
 * its bytes; a word of length zero ends the sentence. The client and the simulator share this file, so
 * its tests hold bytes from MikroTik's manual (help.mikrotik.com, "API").
 */
import { REPLY_LIMITS, WORD_OVERHEAD_BYTES, type ReplyLimits } from './reply-limits';

/** The stream cannot be parsed any further: the connection must be dropped. */
export class CodecError extends Error {
  override readonly name: string = 'CodecError';
}

/** More came than is accepted; see {@link REPLY_LIMITS}. The message names what was too much. */
export class TooMuch extends CodecError {
  override readonly name = 'TooMuch';
}

const NOT_ASCII = /[\x80-\xff]/;

function prefixLength(wordBytes: number): number {
  if (wordBytes < 0x80) return 1;
  if (wordBytes < 0x4000) return 2;
  if (wordBytes < 0x20_0000) return 3;
  if (wordBytes < 0x1000_0000) return 4;
  return 5;
}

function writePrefix(target: Buffer, offset: number, wordBytes: number): number {
  const size = prefixLength(wordBytes);
  if (size === 5) {
    target[offset] = 0xf0;
    target.writeUInt32BE(wordBytes, offset + 1);
    return offset + 5;
  }
  const marks = [0x00, 0x80, 0xc0, 0xe0];
  target.writeUIntBE(wordBytes, offset, size);
  target[offset] = (target[offset] ?? 0) | (marks[size - 1] ?? 0);
  return offset + size;
}

/** One sentence as one buffer, so that it leaves in one write: separate writes cost a delayed ACK each. */
export function encodeSentence(words: readonly string[]): Buffer {
  // It would end the sentence here, and send a shorter command than intended.
  if (words.includes('')) throw new CodecError('a sentence cannot hold an empty word');
  const sizes = words.map((word) => Buffer.byteLength(word, 'utf8'));
  const total = sizes.reduce((sum, size) => sum + prefixLength(size) + size, 1);
  const bytes = Buffer.allocUnsafe(total);
  let offset = 0;
  words.forEach((word, index) => {
    offset = writePrefix(bytes, offset, sizes[index] ?? 0);
    offset += bytes.write(word, offset, 'utf8');
  });
  bytes[offset] = 0;
  return bytes;
}

/** One sentence of words that are bytes already. */
export function encodeBytes(words: readonly Buffer[]): Buffer {
  const parts = words.flatMap((word) => {
    const prefix = Buffer.alloc(prefixLength(word.length));
    writePrefix(prefix, 0, word.length);
    return [prefix, word];
  });
  return Buffer.concat([...parts, Buffer.of(0)]);
}

const readUtf8 = (bytes: Buffer): string => bytes.toString('utf8');

/**
 * Push parser. Bytes may arrive cut anywhere: inside a prefix, inside a word, before the last zero.
 * Empty sentences are ignored, as the manual asks.
 */
export class SentenceDecoder {
  private chunks: Buffer[] = [];
  private held = 0;
  /** Bytes needed before parsing can go on; keeps a long word from being joined again for each chunk. */
  private needed = 1;
  private words: string[] = [];
  private sentenceBytes = 0;

  /**
   * @param onSentence gets the words, and how many bytes they count for
   * @param limits may be changed between two chunks
   * @param readWord makes text of a word; UTF-8 without
   */
  constructor(
    private readonly onSentence: (words: string[], bytes: number) => void,
    public limits: Readonly<ReplyLimits> = REPLY_LIMITS.afterLogin,
    private readonly readWord: (bytes: Buffer) => string = readUtf8,
  ) {}

  /** What came ends in the middle of a sentence. */
  get isCut(): boolean {
    return this.held > 0 || this.words.length > 0;
  }

  /**
   * @throws CodecError when the stream is not the API's, TooMuch as soon as a limit is passed; the
   *   decoder is unusable afterwards
   */
  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    if (this.held < this.needed) return;
    const bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks, this.held);
    const rest = bytes.subarray(this.parse(bytes));
    this.chunks = rest.length > 0 ? [rest] : [];
    this.held = rest.length;
  }

  /** Reads every complete word and tells how many bytes they took. */
  private parse(bytes: Buffer): number {
    // Nearly all that a router sends is ASCII: then one conversion serves all words, which are slices of
    // it.
    const text = bytes.toString('latin1');
    const isAscii = !NOT_ASCII.test(text);
    let offset = 0;
    for (;;) {
      const first = bytes[offset];
      if (first === undefined) return this.wait(offset, 1);
      let start = offset + 1;
      let length = first;
      if (first >= 0x80) {
        const size = first < 0xc0 ? 2 : first < 0xe0 ? 3 : first < 0xf0 ? 4 : 5;
        if (first > 0xf0) throw new CodecError(`unknown control byte 0x${first.toString(16)}`);
        if (bytes.length - offset < size) return this.wait(offset, size);
        start = offset + size;
        length =
          size === 5
            ? bytes.readUInt32BE(offset + 1)
            : bytes.readUIntBE(offset, size) - [0, 0, 0x8000, 0xc0_0000, 0xe000_0000][size]!;
      }
      // By its prefix, before any of it is kept.
      if (length > this.limits.wordBytes) throw new TooMuch(`a word of ${length} bytes`);
      const end = start + length;
      if (end > bytes.length) return this.wait(offset, end - offset);
      offset = end;
      if (length === 0) this.finish();
      else {
        const word = isAscii ? text.slice(start, end) : this.readWord(bytes.subarray(start, end));
        this.take(word, length);
      }
    }
  }

  private wait(offset: number, needed: number): number {
    this.needed = needed;
    return offset;
  }

  private take(word: string, bytes: number): void {
    this.count(bytes);
    this.words.push(word);
    if (this.words.length > this.limits.sentenceWords) {
      throw new TooMuch(`a sentence of more than ${this.limits.sentenceWords} words`);
    }
  }

  private finish(): void {
    const { words, sentenceBytes } = this;
    // Empty sentences without end are too much as well: they count for the next one.
    if (words.length === 0) return this.count(0);
    this.words = [];
    this.sentenceBytes = 0;
    this.onSentence(words, sentenceBytes);
  }

  private count(wordBytes: number): void {
    this.sentenceBytes += wordBytes + WORD_OVERHEAD_BYTES;
    if (this.sentenceBytes <= this.limits.sentenceBytes) return;
    throw new TooMuch(`a sentence of more than ${this.limits.sentenceBytes} bytes`);
  }
}

/** Attributes of a row or a trap, as the router wrote them: always text, and absent when unset. */
export type Row = Record<string, string | undefined>;

/**
 * `=name=value` words as a row. The value may be empty and may hold `=`, so only the second `=` divides.
 * Words of another shape (`.tag=`, `?query`) are left out.
 */
export function toRow(words: readonly string[]): Row {
  return new RowReader().read(words);
}

/**
 * Reads the rows of one table. They mostly have the same properties in the same order, so the names found
 * in one row are tried first in the next: thousands of rows need no search for `=` and share their names.
 */
export class RowReader {
  /** `=name=` as it was found at each place of the last row, and the name in it. */
  private prefixes: string[] = [];
  private names: string[] = [];

  read(words: readonly string[]): Row {
    const row: Row = {};
    for (let index = 1; index < words.length; index += 1) {
      const word = words[index]!;
      const prefix = this.prefixes[index];
      if (prefix !== undefined && word.startsWith(prefix)) {
        row[this.names[index]!] = word.slice(prefix.length);
      } else if (word.charCodeAt(0) === EQUALS) this.readNew(row, word, index);
    }
    return row;
  }

  private readNew(row: Row, word: string, index: number): void {
    const divide = word.indexOf('=', 1);
    const end = divide < 0 ? word.length : divide;
    const name = word.slice(1, end);
    row[name] = word.slice(end + 1);
    if (divide < 0) return;
    this.prefixes[index] = word.slice(0, end + 1);
    this.names[index] = name;
  }
}

const EQUALS = 0x3d;
