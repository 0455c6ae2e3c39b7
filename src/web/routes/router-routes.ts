import { AppError } from '../../errors';
import type { StaffPages } from '../staff-pages';
import type { WebParts } from '../web-parts';
import { durationText, sizeText } from '../words';

/** Does the router answer, and how is it? */
export function routerRoutes(pages: StaffPages, { config, services }: WebParts): void {
  const address = config.router && `${config.router.host}:${config.router.port}`;

  pages.get('/router', 'viewer', async (_req, res) => {
    res.render('admin/router', { address, ...(await test()) });
  });

  async function test() {
    try {
      const found = await services.routerDesk.test();
      return {
        away: '',
        notes: found.notes,
        facts: [
          ['Name', found.name],
          ['RouterOS', found.version],
          ['Board', found.board],
          ['Serial number', found.serial ?? 'none'],
          ['Running for', durationText(found.uptimeSeconds)],
          ['Its clock', found.clock],
          ['CPU load', `${found.cpuLoadPercent} %`],
          ['Free memory', sizeText(found.freeMemoryBytes)],
          ['Hotspot servers', found.hotspotServers.map(serverText).join(', ') || 'none'],
        ],
      };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { away: error.message, notes: [], facts: [] };
    }
  }
}

function serverText(server: { name: string; interface: string; disabled: boolean }): string {
  return `${server.name} on ${server.interface}${server.disabled ? ' (disabled)' : ''}`;
}
