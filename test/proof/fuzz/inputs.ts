import fc from 'fast-check';

/** Characters that readers stumble over: signs of formats, controls, other digits, halves of characters. */
const TRICKY =
  '0123456789abcdefxyzABCKMGT=.,;:/\\-+#!?*%&<>()[]{}|"\'`~^$@_ \t\r\n\0\u0000\u001b\u0085\u2028\u200b\u00a0\u0660\u0661\uff11\u0130\u0131\ufeff\u202e\u00df\ud83d\udcb8é\ud800';

/** Names that mean something in a language or a database. */
const LOADED = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'null', 'undefined'],
  ...['NaN', 'Infinity', '-0', '1e309', '0x10', '٣', '9'.repeat(400), `${'9'.repeat(20)}G`],
  ...["' or 1=1 --", '"; drop table vouchers', '<script>alert(1)</script>', '../../etc/passwd'],
  ...['%00', '%2e%2e%2f', '${7*7}', '{{7*7}}', '=cmd()', '-1', '1,5', '1.', '.5', ' 5 '],
];

/** Short text, mostly of characters that mean something somewhere. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom(...TRICKY), maxLength: 24 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(...LOADED) },
);

/** Text that is nearly right: one of these, with a little added, left out or changed. */
export function nearly(...examples: string[]): fc.Arbitrary<string> {
  const changed = fc
    .record({
      example: fc.constantFrom(...examples),
      at: fc.nat({ max: 60 }),
      gone: fc.nat({ max: 2 }),
      put: fc.string({ unit: fc.constantFrom(...TRICKY), maxLength: 3 }),
    })
    .map(({ example, at, gone, put }) => {
      const place = at % (example.length + 1);
      return example.slice(0, place) + put + example.slice(place + gone);
    });
  return fc.oneof(
    { weight: 3, arbitrary: changed },
    { weight: 1, arbitrary: fc.constantFrom(...examples) },
    { weight: 2, arbitrary: text },
  );
}

/** What JSON, a form or a library may hand over in place of text. */
export function anyValue(like: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: like },
    { weight: 2, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.maxSafeNat()) },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined, true, false, [], {}, [[]]) },
    { weight: 1, arbitrary: fc.array(like, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(text, like, { maxKeys: 3 }) },
  );
}

/** An object with some of these keys, each with what is nearly right for it, and now and then others. */
export function objectOf(
  keys: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(
      fc.record(keys, { requiredKeys: [] }),
      fc.oneof(
        { weight: 4, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.dictionary(text, text, { maxKeys: 2 }) },
      ),
    )
    .map(([known, others]) => ({ ...others, ...known }));
}
