import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressIn, reportAddress } from '../../src/report-address';

test.each([
  ['{"bugs":{"url":"https://example.com/issues"}}', 'https://example.com/issues'],
  ['{"bugs":{"email":"help@example.com"}}', 'help@example.com'],
  ['{"bugs":"https://example.com/issues"}', 'https://example.com/issues'],
  ['{"name":"x"}', undefined],
])('where reports are sent stands in package.json alone: %s', (manifest, address) => {
  expect(addressIn(manifest)).toBe(address);
});

test('this package says what its package.json says', () => {
  const manifest = readFileSync(join(__dirname, '../../package.json'), 'utf8');
  expect(reportAddress()).toBe(addressIn(manifest));
});
