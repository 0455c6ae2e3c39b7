import { rightsText, skewText, wanText } from '../../src/format/router-text';
import type { RouterFindings } from '../../src/services/router/router-overview';
import { command, flag } from '../shell/command';
import { needRouter } from '../shell/router-access';
import { fieldList } from '../shell/text-table';
import { durationText, sizeText } from '../shell/figures';

export const testRouter = command({
  name: 'router test',
  summary: 'Connect to the router and say who answers, or what is wrong',
  example: 'router test',
  parameters: {
    trust: flag('--trust-new-certificate', 'forget the certificate we knew, and keep this one'),
  },
  prepare: async (app, { trust }) => {
    if (!trust) return;
    needRouter(app);
    const { host, port } = app.config.router!;
    const record = await app.stores.routers.at(`${host}:${port}`);
    await app.stores.routers.pinCertificate(record.id, null);
  },
  run: (app) => app.services.routerOverview.test(),
  text: (found) =>
    fieldList([
      ['Router', found.name],
      ['RouterOS', found.version],
      ['Board', found.board],
      ['Serial number', found.serial ?? '-'],
      ['Running for', durationText(found.uptimeSeconds)],
      ['Its clock', `${found.clock} (${found.clockZone}), ${skewText(found.clockSkewSeconds)}`],
      ['Internet line', wanText(found.wan)],
      ['Our rights', rightsText(found.missingRights)],
      ['CPU load', `${found.cpuLoadPercent} %`],
      ['Free memory', sizeText(found.freeMemoryBytes)],
      ['Hotspot servers', found.hotspotServers.map(serverText).join(', ') || '-'],
    ]),
  notes: ({ notes }) => notes,
});

function serverText(server: RouterFindings['hotspotServers'][number]): string {
  return `${server.name} on ${server.interface}${server.disabled ? ' (disabled)' : ''}`;
}
