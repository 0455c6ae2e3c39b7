import { command, flag } from './command';
import { needRouter } from './router-access';
import { fieldList } from './text-table';
import { durationWords, sizeWords } from './words';

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
  run: async (app) => {
    const { router } = needRouter(app);
    const identity = await router.identity();
    const [health, clock, servers] = await Promise.all([
      router.health(),
      router.clock(),
      router.hotspotServers(),
    ]);
    return {
      name: identity.name,
      version: identity.version,
      board: identity.board,
      serial: identity.serial ?? null,
      uptimeSeconds: Math.floor(health.uptimeMs / 1000),
      clock,
      cpuLoadPercent: health.cpuLoad,
      freeMemoryBytes: health.freeMemory,
      hotspotServers: servers,
      notes: serverTroubles(servers, app.config.router?.hotspotServer),
    };
  },
  text: (found) =>
    fieldList([
      ['Router', found.name],
      ['RouterOS', found.version],
      ['Board', found.board],
      ['Serial number', found.serial ?? '-'],
      ['Running for', durationWords(found.uptimeSeconds)],
      ['Its clock', found.clock],
      ['CPU load', `${found.cpuLoadPercent} %`],
      ['Free memory', sizeWords(found.freeMemoryBytes)],
      ['Hotspot servers', found.hotspotServers.map(serverWords).join(', ') || '-'],
    ]),
  notes: ({ notes }) => notes,
});

interface HotspotServer {
  name: string;
  interface: string;
  disabled: boolean;
}

/** Why nobody could be served although the router answers. */
function serverTroubles(servers: readonly HotspotServer[], wanted: string | undefined): string[] {
  const ours = servers.filter(({ name }) => wanted === undefined || name === wanted);
  if (servers.length === 0) {
    return ['The router has no hotspot server: make one with IP > Hotspot > Hotspot Setup'];
  }
  if (ours.length === 0) {
    return [`The router has no hotspot server "${wanted}": check MIKROTIK_HOTSPOT_SERVER`];
  }
  if (ours.every(({ disabled }) => disabled)) {
    return ['The hotspot is disabled on the router: enable it under IP > Hotspot'];
  }
  return [];
}

function serverWords(server: HotspotServer): string {
  return `${server.name} on ${server.interface}${server.disabled ? ' (disabled)' : ''}`;
}
