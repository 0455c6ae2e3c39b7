import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PISONET } from '../../../command-line';
import { dayBefore } from '../../../domain/shop/shop-day';
import { sizeText } from '../../../format/figures';
import { timeText } from '../../format/web-format';
import type { WebParts } from '../../http/web-parts';
import type { StaffPages } from '../../staff/staff-pages';

/** The copies of the books: those of the nights, and one to take away. */
export function backupRoutes(
  pages: StaffPages,
  { services, clock, config, restart }: WebParts,
): void {
  const { backups, shop } = services;

  pages.get('/backups', 'owner', (_req, res) => {
    const { status } = backups;
    const zone = shop.get().timeZone;
    res.render('admin/shop/backups', {
      ...{ status, PISONET },
      at: config.backups?.at,
      canRestore: restart !== undefined,
      isFile: config.database.kind === 'sqlite',
      made: status?.all.map(({ name, bytes, madeAt }) => ({
        name,
        size: sizeText(bytes),
        at: timeText(madeAt, zone),
      })),
    });
  });

  // A form, not a link: it is written to the audit, and no other site can make a browser fetch it.
  pages.post('/backups/download', 'owner', async (_req, res, me) => {
    const folder = await mkdtemp(join(tmpdir(), 'pisonet-backup-')); // only we can enter it
    try {
      const file = join(folder, 'pisonet.db');
      await backups.copyTo(file, me.name);
      const day = dayBefore(clock.now(), 0, services.shop.get().timeZone);
      res.attachment(`pisonet-${day}.db`).type('application/vnd.sqlite3');
      res.set('Content-Length', String((await stat(file)).size));
      await pipeline(createReadStream(file), res).catch(() => undefined); // the reader left
      if (!res.closed) await once(res, 'close');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
