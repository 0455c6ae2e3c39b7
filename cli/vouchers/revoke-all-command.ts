import type { VoucherStatus } from '../../src/domain/vouchers/voucher';
import { InvalidInput } from '../../src/errors';
import { actor } from '../shell/actor';
import { command, consent, flag } from '../shell/command';
import { takeEffect } from '../shell/router-access';

export const revokeAllVouchers = command({
  name: 'vouchers revoke-all',
  summary: 'End all unused or all running vouchers',
  example: 'vouchers revoke-all --unused --yes',
  parameters: {
    unused: flag('--unused', 'those nobody has used yet'),
    active: flag('--active', 'those in use; their devices are logged out'),
    consent: consent('All of these vouchers end now and cannot be used again.', 'REVOKE'),
  },
  run: async (app, { unused, active }, tell) => {
    const statuses: VoucherStatus[] = [
      ...(unused ? (['unused'] as const) : []),
      ...(active ? (['active', 'paused'] as const) : []),
    ];
    if (statuses.length === 0) {
      throw new InvalidInput('Say which: --unused, --active, or both');
    }
    const count = await app.services.vouchers.revokeAll(statuses, actor(), tell);
    return { count, statuses, later: active && count > 0 ? await takeEffect(app) : undefined };
  },
  json: ({ count, statuses }) => ({ revoked: count, statuses }),
  text: ({ count }) =>
    count === 0 ? 'There were none.' : `Ended: ${count} ${count === 1 ? 'voucher' : 'vouchers'}.`,
  notes: ({ later }) => (later ? [later] : []),
});
