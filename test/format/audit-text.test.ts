import type { AuditEntry } from '../../src/domain/shop/audit-entry';
import { detailText, entryText } from '../../src/format/audit-text';
import { deedText } from '../../src/format/deed-text';

/** What owners read of the audit: no words of the router. */

const ZONE = 'Asia/Manila';
const told = (what: string, detail: Record<string, unknown>) =>
  entryText({ what, detail } as AuditEntry, ZONE);

test('a write on the router is told without what the router has for itself', () => {
  expect(told('user added', { profile: 'pisonet-1x' })).toBe('');
  expect(told('user changed', { profile: 'pisonet-1x', limitUptimeMs: 7_200_000 })).toBe(
    'online at most: 2h',
  );
  expect(told('user changed', { limitBytes: 2_000_000_000, comment: 'pisonet' })).toBe(
    'data at most: 2 GB',
  );
  expect(told('queue added', { target: '10.5.50.10/32', maxLimit: '1M/2M' })).toBe(
    'address: 10.5.50.10, speed: ↑ 1M ↓ 2M',
  );
  expect(told('shared queue added', { target: 'bridge', maxLimit: '1M/2M' })).toBe(
    'speed: ↑ 1M ↓ 2M',
  );
  expect(told('refused: user added', { profile: 'pisonet-1x', error: 'no such item' })).toBe(
    'error: no such item',
  );
  // What somebody else wrote under these names is theirs.
  expect(told('payment source added', { name: 'kiosk' })).toBe('name: kiosk');
});

test('vouchers that were handed over are told by how many and to whom', () => {
  expect(told('batch handed over', { to: 'Aling Nena', vouchers: 20, slips: 1 })).toBe(
    '20 vouchers given to Aling Nena',
  );
  expect(told('batch handed over', { to: 'Ana', before: 'maria', vouchers: 1 })).toBe(
    '1 voucher given to Ana, before: maria',
  );
});

test('states are told as people say them, times in hours', () => {
  expect(
    detailText({ before: { price: '5' }, after: { price: '5', status: 'inactive' } }, ZONE),
  ).toBe('status: for sale → not for sale');
  expect(told('plan added', { after: { status: 'draft' } })).toBe('status: draft');
  expect(told('voucher ended by staff', { was: 'active' })).toBe('was: running');
  expect(told('role changed', { was: 'viewer', role: 'owner' })).toBe('was: viewer, role: owner');
  expect(detailText({ lostMs: 90_000 }, ZONE)).toBe('lost: 1m30s');
});

test('what was done on the router is told in words for who does not run it', () => {
  const deeds = ['queue added', 'user changed', 'refused: host removed', 'signed in'] as const;
  expect(deeds.map((kind) => deedText(kind))).toEqual([
    'speed limit set on the router',
    'router login updated',
    'refused by the router: phone’s address forgotten by the router',
    'signed in',
  ]);
});
