import { MB, aRunningVoucher, someTerms } from '../support/builders';
import { voucherFacts } from '../../src/format/voucher-facts';

const GB = 1000 * MB;
const used = (bytes: number) => ({ up: 0, down: bytes });

test.each([
  ['no limit', {}, { used: used(300 * MB) }, '300 MB used, no limit'],
  ['a cap for good', { capBytes: GB }, { used: used(300 * MB) }, '300 MB of 1 GB'],
  [
    'a cap for good, and free hours',
    { capBytes: GB },
    { used: used(2_300 * MB), freeBytes: 2 * GB },
    '300 MB of 1 GB; 2.3 GB in total',
  ],
  [
    'a daily cap after some days',
    { capBytes: GB, capPeriod: 'daily' as const },
    { used: used(4_500 * MB), usedBeforePeriod: 4_200 * MB },
    '300 MB of 1 GB today; 4.5 GB in total',
  ],
  [
    'a weekly cap with what the last one left',
    { capBytes: GB, capPeriod: 'weekly' as const, capRollover: true },
    { used: used(900 * MB), usedBeforePeriod: 500 * MB, carriedBytes: 500 * MB },
    '400 MB of 1.5 GB this week (500 MB of it carried over); 900 MB in total',
  ],
])('how staff read data: %s', (_, terms, state, words) => {
  const voucher = aRunningVoucher('A', { terms: someTerms(terms), ...state });
  expect(voucherFacts(voucher, 'Asia/Manila')).toContainEqual(['Data', words]);
});
