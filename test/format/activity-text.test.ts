import type { AuditEntry } from '../../src/domain/shop/audit-entry';
import { activityText } from '../../src/format/activity-text';
import { catalogOf } from '../../src/format/catalog';

/** What happened, in sentences. */

const called = (mac: string) => (mac === '02:00:00:00:00:01' ? 'Ate Joy' : mac);
const told = (who: string, what: string, subject: string, detail: Record<string, unknown> = {}) =>
  activityText(
    { at: new Date(0), who, what, subject, detail } as AuditEntry,
    called,
    'Asia/Manila',
  );

test('who did what, by the names people know', () => {
  const MAC = '02:00:00:00:00:01';
  expect(told(MAC, 'voucher redeemed', '4U26')).toBe('Ate Joy started voucher 4U26');
  expect(told('nena', 'voucher ended by staff', '4U26')).toBe('nena ended voucher 4U26');
  expect(told('cli:root', 'voucher extended', '4U26', { by: '1h', of: 'time' })).toBe(
    'Terminal (root) added 1h to voucher 4U26',
  );
  expect(told('nena', 'vouchers generated', 'batch 9', { plan: 'P5', count: 20 })).toBe(
    'nena made 20 P5 vouchers (batch 9)',
  );
  const limit = { before: null, after: { up: 256_000, down: 512_000, until: '2026-11-21T10:00:00Z' } }; // prettier-ignore
  expect(told('nena', 'limit set', MAC, limit)).toBe(
    'nena limited Ate Joy to ↑ 256K ↓ 512K until 2026-11-21 18:00',
  );
  expect(told('nena', 'device blocked', MAC, { reason: 'noisy' })).toBe(
    'nena blocked Ate Joy: noisy',
  );
});

test('names are said once, and long details left to the audit', () => {
  expect(told('nena', 'router set up', 'api access', { did: 'x'.repeat(200) })).toBe(
    'nena set up the router',
  );
  expect(told('ana', 'drawer opened', 'ana', { amount: 1, currency: 'PHP' })).toBe(
    'ana opened the drawer',
  );
  expect(told('nena', 'drawer counted', 'ana')).toBe('nena counted the drawer of ana');
  expect(told('demo', 'sign-in refused', 'demo')).toBe('A sign-in as demo was refused');
  expect(told('nena', 'password changed', 'nena')).toBe('nena changed the password');
  expect(told('nena', 'batch handed over', 'batch 2', { to: 'ana', vouchers: 20, slips: 1 })).toBe(
    'nena gave 20 vouchers to ana (batch 2)',
  );
  const price = { before: { price: '5' }, after: { price: '6' } };
  expect(told('nena', 'plan changed', 'P5', price)).toBe('nena changed plan P5 (price: 5 → 6)');
});

test('data that is used up is told in data', () => {
  const quota = (kind: string, percent: number) =>
    told('loop', 'quota reached', '4U26', { kind, percent, usedBytes: 12_100_000, ofBytes: 12_000_000 }); // prettier-ignore
  expect(quota('fair use', 100)).toBe('4U26 used 12.1 MB and is now slower (fair use)');
  expect(quota('fair use', 80)).toBe('4U26 used 12.1 MB of 12 MB at full speed');
  expect(quota('cap', 100)).toBe('4U26 used all of its 12 MB');
  expect(quota('cap', 90)).toBe('4U26 used 90 % of its 12 MB');
});

test('what has no sentence of its own is told by its parts', () => {
  expect(told('loop', 'overage of a period', '4U26', { bytes: 5 })).toMatch(
    /^System: 4U26: overage of a period \(/,
  );
  expect(told('nena', 'second step set up', 'nena')).toBe('nena: second step set up');
  const long = { did: 'Let only 127.0.0.1/32 use the API of the router, '.repeat(3) };
  expect(told('nena', 'something else', 'router', long)).toBe('nena: router: something else');
});

test('it is told in the reader’s language, and names are in none', () => {
  const t = catalogOf('fil');
  const toldIn = (what: string, subject: string, detail: Record<string, unknown>) =>
    activityText(
      { at: new Date(0), who: 'Ana of Cubao', what, subject, detail } as AuditEntry,
      (one) => one,
      'Asia/Manila',
      t,
    );
  const given = { to: 'Rosa left', vouchers: 20, slips: 1 };
  expect(toldIn('batch handed over', 'batch 2', given)).toBe(
    'Nagbigay si Ana of Cubao ng 20 voucher kay Rosa left (batch 2)',
  );
  expect(toldIn('device blocked', 'Lolo online', { reason: '2 of 3' })).toBe(
    'Blinock ni Ana of Cubao ang Lolo online: 2 of 3',
  );
});
