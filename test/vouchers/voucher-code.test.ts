import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { InvalidInput } from '../../src/errors';
import {
  CODE_ALPHABET,
  generateCodes,
  guessOdds,
  minimumLength,
  normalizeCode,
  parseCode,
  parsePrefix,
} from '../../src/domain/vouchers/voucher-code';

/** Bytes that look random and are the same in every run: SHA-256 of a counter. */
function seeded(seed: number) {
  let block = 0;
  return (bytes: number): Uint8Array => {
    const parts: Buffer[] = [];
    for (let made = 0; made < bytes; made += 32) {
      parts.push(
        createHash('sha256')
          .update(`${seed}:${(block += 1)}`)
          .digest(),
      );
    }
    return Buffer.concat(parts).subarray(0, bytes);
  };
}

test('the alphabet has no letters that look alike', () => {
  expect(CODE_ALPHABET).toMatch(/^[A-Z2-9]{31}$/);
  expect(CODE_ALPHABET).not.toMatch(/[0O1IL]/);
  expect(new Set(CODE_ALPHABET).size).toBe(31);
});

test('codes have the length and prefix asked for and are all different', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 5, max: 24 }),
      fc.constantFrom('', 'p', 'PISO', 'VC10'),
      fc.nat(),
      (count, length, prefix, seed) => {
        const codes = generateCodes(count, { length, prefix, random: seeded(seed) });
        expect(new Set(codes).size).toBe(count);
        for (const code of codes) {
          expect(code.startsWith(prefix.toUpperCase())).toBe(true);
          expect(code.slice(prefix.length)).toMatch(new RegExp(`^[${CODE_ALPHABET}]{${length}}$`));
          expect(parseCode(code)).toBe(code);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('eight characters unless asked otherwise', () => {
  expect(generateCodes(1, { random: randomBytes })[0]).toHaveLength(8);
});

test('a code that is taken does not come out again', () => {
  const first = generateCodes(50, { random: seeded(7) });
  const taken = new Set(first.slice(0, 20));
  const second = generateCodes(50, { random: seeded(7), taken });
  expect(new Set(second).size).toBe(50);
  expect(second.filter((code) => taken.has(code))).toEqual([]);
  expect(second.slice(0, 30)).toEqual(first.slice(20));
});

test('every character is equally likely', () => {
  const drawn = generateCodes(10_000, { length: 10, random: seeded(42) }).join('');
  const expected = drawn.length / CODE_ALPHABET.length;
  const chiSquare = [...CODE_ALPHABET]
    .map((letter) => (drawn.split(letter).length - 1 - expected) ** 2 / expected)
    .reduce((sum, one) => sum + one, 0);
  expect(chiSquare).toBeLessThan(59.7); // 30 degrees of freedom: above it once in 1,000; modulo bias gives 1,900
});

test('ten thousand codes ask for their random bytes at once, not one by one', () => {
  let asked = 0;
  const random = (bytes: number) => {
    asked += 1;
    return randomBytes(bytes);
  };
  expect(generateCodes(10_000, { random })).toHaveLength(10_000);
  expect(asked).toBeLessThan(10);
});

test.each([0, -1, 1.5, 10_001, Number.NaN])('a batch of %p is refused', (count) => {
  expect(() => generateCodes(count, { random: randomBytes })).toThrow(
    /is not a number of vouchers in one batch; use 1 to 10,000$/,
  );
});

test.each([4, 25, 7.5])('a length of %p is refused', (length) => {
  expect(() => generateCodes(1, { length, random: randomBytes })).toThrow(
    `${length} is not a number of characters in a code; use 5 to 24`,
  );
});

test('a source that repeats itself is noticed', () => {
  expect(() => generateCodes(2, { random: (bytes) => new Uint8Array(bytes) })).toThrow(/repeating/);
});

test('a prefix is letters and digits', () => {
  expect(parsePrefix(' vc10 ')).toBe('VC10');
  expect(parsePrefix('')).toBe('');
  for (const bad of ['a b', 'vc-', 'ñandu', 'ABCDEFGHI']) {
    expect(() => parsePrefix(bad)).toThrow(
      new InvalidInput(`"${bad}" is not a prefix; use up to 8 letters and digits, without spaces`),
    );
  }
});

describe('a typed code', () => {
  test.each([
    ['abcd efgh', 'ABCDEFGH'],
    [' ABCD-EFGH\n', 'ABCDEFGH'],
    ['abcd–efgh', 'ABCDEFGH'],
    ['ab\u200Bcd', 'ABCD'],
    ['old1000', 'OLD1000'],
  ])('%p is %p', (typed, code) => expect(parseCode(typed)).toBe(code));

  test.each([
    ['', 'Type the code printed on your voucher.'],
    [' - ', 'Type the code printed on your voucher.'],
    [undefined, 'Type the code printed on your voucher.'],
    [['ABCD'], 'Type the code printed on your voucher.'],
    ['A'.repeat(33), 'That is too long for a voucher code.'],
    ["' OR 1=1", 'A voucher code has only letters and digits. Check it and try again.'],
    ['ABCÑ', 'A voucher code has only letters and digits. Check it and try again.'],
  ])('%p is refused', (typed, message) => {
    expect(() => parseCode(typed)).toThrow(new InvalidInput(message));
  });

  test.each([
    '٥AFN٩٩X٦',
    '۵AFN۹۹X۶',
    '５ＡＦＮ９９Ｘ６',
    '५afn९९x६',
    '5AFN.99X6',
    '5AFN_99X6',
    '𝟓afn𝟗𝟗x𝟔',
  ])('from another keyboard is the same: %s', (typed) => {
    expect(parseCode(typed)).toBe('5AFN99X6');
  });

  test('normalising twice changes nothing more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        const once = normalizeCode(typed);
        expect(normalizeCode(once)).toBe(once);
      }),
    );
  });
});

test('the odds of a guess', () => {
  expect(1 / guessOdds(8, 10_000)).toBeCloseTo(85_289_103.7441, 3);
  expect(guessOdds(5, 0)).toBe(0);
  expect(guessOdds(1, 1000)).toBe(1);
  expect(minimumLength(0)).toBe(5);
  expect(minimumLength(1)).toBe(5);
  expect(minimumLength(3)).toBe(6);
  expect(minimumLength(10_000)).toBe(8);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (live) => {
      const length = minimumLength(live);
      expect(guessOdds(length, live)).toBeLessThan(1e-7);
      if (length > 5) expect(guessOdds(length - 1, live)).toBeGreaterThanOrEqual(1e-7);
    }),
  );
});
