import fc from 'fast-check';
import { compileQuery } from '../../src/simulator/engine/query';

const ethernet = {
  type: 'ether',
  name: 'ether1',
  mtu: '1500',
  comment: 'uplink',
  disabled: 'false',
};
const vlan = { type: 'vlan', name: 'vlan7', mtu: '1400', disabled: 'true' };
const bridge = { type: 'bridge', name: 'bridge1', mtu: '900', comment: '', disabled: 'false' };

function names(...words: string[]): string[] {
  const passes = compileQuery(words);
  const rows: Record<string, string>[] = [ethernet, vlan, bridge];
  return rows.filter((row) => passes((name) => row[name])).map((row) => row['name']!);
}

test('no words let everything pass', () => {
  expect(names()).toEqual(['ether1', 'vlan7', 'bridge1']);
});

test("the manual's examples", () => {
  // "get all interfaces of type ether or vlan", and "all routes that have non-empty comment"
  expect(names('?type=ether', '?type=vlan', '?#|')).toEqual(['ether1', 'vlan7']);
  expect(names('?type=ether', '?type=vlan', '?#|!')).toEqual(['bridge1']);
  expect(names('?>comment=')).toEqual(['ether1']);
});

test('has, lacks, equal in both spellings, and several words mean and', () => {
  expect(names('?comment')).toEqual(['ether1', 'bridge1']);
  expect(names('?-comment')).toEqual(['vlan7']);
  expect(names('?name=vlan7')).toEqual(['vlan7']);
  expect(names('?=name=vlan7')).toEqual(['vlan7']);
  expect(names('?disabled=false', '?comment=')).toEqual(['bridge1']);
  expect(names('?nothing=x')).toEqual([]);
});

test('numbers compare as numbers', () => {
  expect(names('?<mtu=1000')).toEqual(['bridge1']);
  expect(names('?>mtu=1000')).toEqual(['ether1', 'vlan7']);
});

test('a value may hold equal signs', () => {
  expect(compileQuery(['?comment=a=b'])(() => 'a=b')).toBe(true);
});

test('a dot copies the top, an index copies from below, and an index at the end decides', () => {
  // The top is whether it is a vlan, below it whether it is an ether.
  expect(names('?type=ether', '?type=vlan', '?#1')).toEqual(['ether1']);
  expect(names('?type=ether', '?type=vlan', '?#0')).toEqual(['vlan7']);
  expect(names('?type=ether', '?type=vlan', '?#1.0')).toEqual(['ether1']);
  expect(names('?type=ether', '?type=vlan', '?#1|0')).toEqual(
    names('?type=ether', '?type=vlan', '?#|'),
  );
  expect(names('?type=ether', '?#.!|')).toEqual(['ether1', 'vlan7', 'bridge1']);
  expect(names('?type=ether', '?#.!&')).toEqual([]);
});

test('the stack below is endless truth', () => {
  expect(names('?#!')).toEqual([]);
  expect(names('?type=ether', '?#|')).toEqual(['ether1', 'vlan7', 'bridge1']);
  expect(names('?type=ether', '?#5')).toEqual(['ether1', 'vlan7', 'bridge1']);
});

/** A formula, as words in the order a stack wants them, and as the truth it should come to. */
const formula = fc.letrec<{ any: { words: string[]; holds: boolean } }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.boolean().map((holds) => ({ words: [holds ? '?yes' : '?no'], holds })),
    tie('any').map(({ words, holds }) => ({ words: [...words, '?#!'], holds: !holds })),
    fc.tuple(tie('any'), tie('any'), fc.constantFrom('&', '|')).map(([a, b, operator]) => ({
      words: [...a.words, ...b.words, `?#${operator}`],
      holds: operator === '&' ? a.holds && b.holds : a.holds || b.holds,
    })),
  ),
})).any;

test('any formula in stack order comes to its truth', () => {
  fc.assert(
    fc.property(formula, ({ words, holds }) => {
      expect(compileQuery(words)((name) => (name === 'yes' ? '' : undefined))).toBe(holds);
    }),
  );
});
