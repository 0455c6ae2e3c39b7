import fc from 'fast-check';
import {
  CodecError,
  encodeSentence,
  RowReader,
  SentenceDecoder,
  TooMuch,
  toRow,
} from '../../src/routeros/api/codec';
import { REPLY_LIMITS, type ReplyLimits } from '../../src/routeros/api/reply-limits';

function decode(...chunks: Uint8Array[]): string[][] {
  return decodeWithin(REPLY_LIMITS.afterLogin, ...chunks);
}

function decodeWithin(limits: ReplyLimits, ...chunks: Uint8Array[]): string[][] {
  const sentences: string[][] = [];
  const decoder = new SentenceDecoder((words) => sentences.push(words), limits);
  for (const chunk of chunks) decoder.push(Buffer.from(chunk));
  return sentences;
}

/** The buffer cut after every `sizes[i]` bytes, round and round. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let offset = 0, n = 0; offset < bytes.length; n += 1) {
    const size = sizes[n % sizes.length]!;
    chunks.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return chunks;
}

describe('sentences on the wire', () => {
  test('are the bytes of the manual', () => {
    // "/login" is 0x06 and its letters; the sentence ends with a zero. The manual's own first example.
    expect(encodeSentence(['/login']).toString('hex')).toBe('062f6c6f67696e00');
    expect(encodeSentence(['/ip/address/print', '=.proplist=address']).toString('latin1')).toBe(
      '\x11/ip/address/print\x12=.proplist=address\0',
    );
    expect(decode(Buffer.from('0521646f6e6500', 'hex'))).toEqual([['!done']]);
  });

  // The manual's table: 0x7F one byte, 0x3FFF with 0x8000, 0x1FFFFF with 0xC00000, 0xFFFFFFF with 0xE0000000.
  test.each([
    [1, '01'],
    [0x7f, '7f'],
    [0x80, '8080'],
    [0x3fff, 'bfff'],
    [0x4000, 'c04000'],
    [0x1f_ffff, 'dfffff'],
    [0x20_0000, 'e0200000'],
  ])('a word of %i bytes begins with %s', (length, prefix) => {
    const word = 'x'.repeat(length);
    const bytes = encodeSentence([word]);
    expect(bytes.length).toBe(prefix.length / 2 + length + 1);
    expect(bytes.subarray(0, prefix.length / 2).toString('hex')).toBe(prefix);
    expect(bytes.at(-1)).toBe(0);
    const limits = { ...REPLY_LIMITS.afterLogin, wordBytes: length, sentenceBytes: length + 100 };
    const [sentence] = decodeWithin(limits, bytes);
    expect(sentence?.length).toBe(1);
    expect(sentence?.[0] === word).toBe(true);
    const cuts = [bytes.subarray(0, 1), bytes.subarray(1, -1), bytes.subarray(-1)];
    const inTwo = decodeWithin(limits, ...cuts);
    expect(inTwo[0]?.[0] === word).toBe(true);
  });

  test('a length is counted in bytes, not characters', () => {
    expect(encodeSentence(['₱5']).toString('hex')).toBe('04e282b13500');
    expect(
      encodeSentence(['é'.repeat(64)])
        .subarray(0, 2)
        .toString('hex'),
    ).toBe('8080');
  });

  test('a prefix longer than it need be is understood', () => {
    expect(decode(Buffer.from('f00000000178c00001790000', 'hex'))).toEqual([['x', 'y']]);
  });

  test('empty sentences are ignored', () => {
    expect(decode(Buffer.from([0, 0]), encodeSentence(['!re']), Buffer.from([0]))).toEqual([
      ['!re'],
    ]);
    expect(decode(encodeSentence([]))).toEqual([]);
  });

  test('a sentence comes only with its last zero', () => {
    const bytes = encodeSentence(['!re', '=name=antonio']);
    expect(decode(bytes.subarray(0, -1))).toEqual([]);
    expect(decode(bytes.subarray(0, -1), bytes.subarray(-1))).toEqual([['!re', '=name=antonio']]);
  });

  test.each(Array.from({ length: 15 }, (_, n) => 0xf1 + n))(
    'control byte 0x%x is refused',
    (byte) => {
      expect(() => decode(Buffer.from([byte]))).toThrow(CodecError);
      expect(() => decode(encodeSentence(['!done']), Buffer.from([3, 33, 114, 101, byte]))).toThrow(
        CodecError,
      );
    },
  );

  test('an oversize word is refused by its prefix, before its bytes come', () => {
    expect(() => decode(Buffer.from([0xc2, 0x00, 0x01]))).toThrow('a word of 131073 bytes');
    expect(() => decode(Buffer.from([0xf0, 0xff, 0xff, 0xff, 0xff]))).toThrow(TooMuch);
    expect(decode(Buffer.from([0xc2, 0x00, 0x00]))).toEqual([]);
    expect(REPLY_LIMITS.afterLogin.wordBytes).toBe(0x02_0000);
  });

  test('before the login even a short text is too long a word', () => {
    const decoder = new SentenceDecoder(() => undefined, REPLY_LIMITS.beforeLogin);
    expect(() => decoder.push(encodeSentence(['x'.repeat(4_097)]))).toThrow(TooMuch);
  });

  test.each([
    ['long words', '=comment=' + 'x'.repeat(60_000), 'more than 262144 bytes'],
    ['short words', '=', 'more than 512 words'],
  ])('a sentence without end is refused: %s', (_name, word, why) => {
    const endless = encodeSentence([word]).subarray(0, -1);
    const decoder = new SentenceDecoder(() => undefined);
    const pushAll = () => {
      for (let n = 0; n < 600; n += 1) decoder.push(endless);
    };
    expect(pushAll).toThrow(why);
  });

  test('empty sentences without end are refused, a few between others are not', () => {
    const decoder = new SentenceDecoder(() => undefined);
    for (let n = 0; n < 50; n += 1)
      decoder.push(Buffer.concat([Buffer.alloc(1_000), encodeSentence(['!done'])]));
    expect(() => decoder.push(Buffer.alloc(10_000))).toThrow(TooMuch);
  });

  test('what is no UTF-8 is read all the same', () => {
    const broken = Buffer.from([6, 0x3d, 0x61, 0x3d, 0xff, 0xc3, 0x28, 0]);
    expect(decode(broken)).toEqual([['=a=\ufffd\ufffd(']]);
  });

  test('a long word in many chunks is not joined again for each of them', () => {
    const bytes = encodeSentence(['x'.repeat(120_000)]);
    const chunks = cut(bytes, [10]);
    const concat = jest.spyOn(Buffer, 'concat');
    expect(decode(...chunks)[0]?.[0]?.length).toBe(120_000);
    expect(concat.mock.calls.length).toBeLessThan(5);
    concat.mockRestore();
  });

  const word = fc.oneof(
    fc.string({ minLength: 1, unit: 'binary' }),
    fc.string({ minLength: 1, unit: 'grapheme', maxLength: 60 }),
    fc.tuple(fc.string({ minLength: 1 }), fc.string()).map(([name, value]) => `=${name}=${value}`),
    fc.integer({ min: 120, max: 135 }).map((length) => '='.repeat(length)),
    fc.constantFrom('=comment=', '=a==b=', '.tag=7', '?#|', '!re'),
  );
  const sentence = fc.array(word, { minLength: 1, maxLength: 8 });

  test('what goes in comes out, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(sentence, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
        (sentences, sizes) => {
          const bytes = Buffer.concat(sentences.map(encodeSentence));
          expect(decode(bytes)).toEqual(sentences);
          expect(decode(...cut(bytes, sizes))).toEqual(sentences);
          expect(decode(...cut(bytes, [1]))).toEqual(sentences);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('rows', () => {
  test('only the second "=" divides, and a value may be empty', () => {
    expect(toRow(['!re', '=.id=*1A', '=comment=', '=on-login=:put "a=b"', '.tag=4'])).toEqual({
      '.id': '*1A',
      comment: '',
      'on-login': ':put "a=b"',
    });
  });

  test('a name without a value reads as empty, and other words are left out', () => {
    expect(toRow(['!trap', '=alone', '?query=1', 'bare', '=message=no such item'])).toEqual({
      alone: '',
      message: 'no such item',
    });
  });

  test('a row has none of the properties of the row before it', () => {
    const reader = new RowReader();
    expect(reader.read(['!re', '=name=a', '=comment=x'])).toEqual({ name: 'a', comment: 'x' });
    expect(reader.read(['!re', '=name=b'])).toEqual({ name: 'b' });
  });

  /** Slow and plain: what the rule of the manual says. */
  function naiveRow(words: readonly string[]): Record<string, string> {
    const row: Record<string, string> = {};
    for (const word of words.slice(1)) {
      const match = /^=([^=]*)(?:=(.*))?$/s.exec(word);
      if (match) row[match[1]!] = match[2] ?? '';
    }
    return row;
  }

  test('one reader for a whole table reads as a new one for each row would', () => {
    const name = fc.constantFrom('name', 'na', 'n', '.id', 'comment', 'max-limit', 'bytes');
    const value = fc.oneof(fc.string(), fc.constantFrom('', '=', 'e=x', '=name=', '*1'));
    const attribute = fc.tuple(name, value).map(([key, text]) => `=${key}=${text}`);
    const other = fc.constantFrom('.tag=1', '=bare', '?name=x', '=', '==', '');
    const words = fc.array(fc.oneof({ weight: 8, arbitrary: attribute }, other), { maxLength: 7 });
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (rows) => {
        const reader = new RowReader();
        for (const row of rows)
          expect(reader.read(['!re', ...row])).toEqual(naiveRow(['!re', ...row]));
      }),
      { numRuns: 500 },
    );
  });
});
