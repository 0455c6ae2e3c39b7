import {
  HOLES_AS_OF,
  holesIn,
  isTestVersion,
  versionNumber,
} from '../../src/domain/doctor/security-holes';

/** Which holes a version has, by its branch. */

const SEPTEMBER = ['CVE-2026-67276', 'CVE-2026-86060', 'CVE-2026-67277'];
const API_GUESSING = 'CVE-2026-16347';

test.each<[string, string[]]>([
  ['6.48.7 (long-term)', ['CVE-2023-30799', ...SEPTEMBER]],
  ['6.49.6 (stable)', ['CVE-2023-30799', ...SEPTEMBER]],
  ['6.49.7 (stable)', SEPTEMBER],
  ['6.49.20', SEPTEMBER],
  ['6.49.21', []],
  ['6.49.22 (long-term)', []],
  ['7.1', [...SEPTEMBER, API_GUESSING]],
  ['7.21.5 (stable)', [...SEPTEMBER, API_GUESSING]],
  ['7.22.2 (stable)', [...SEPTEMBER, API_GUESSING]],
  ['7.23.3', [...SEPTEMBER, API_GUESSING]],
  ['7.23.4', [API_GUESSING]],
  ['7.23.7 (long-term)', []],
  ['7.24 (stable)', SEPTEMBER],
  ['7.24.5 (stable)', []],
  ['7.25beta2 (testing)', SEPTEMBER],
  ['7.25beta3 (testing)', []],
  ['7.25rc1', []],
  ['7.26 (stable)', []],
  ['8.0', []],
  ['nonsense', []],
])('%s', (version, names) => {
  expect(
    holesIn(version)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...names].sort());
});

test('versions are in the order in which they came out', () => {
  const inOrder = ['6.49.9', '6.49.22', '7.9', '7.17beta4', '7.17rc2', '7.17', '7.17.1', '7.25'];
  const numbers = inOrder.map((version) => versionNumber(version)!);
  expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
  expect(inOrder.filter(isTestVersion)).toEqual(['7.17beta4', '7.17rc2']);
});

test('the list says of which day it is', () => {
  expect(new Date(HOLES_AS_OF).toISOString().slice(0, 10)).toBe(HOLES_AS_OF);
});
