import type { SimpleQueue } from '../domain/network';
import { RouterUnreachable } from '../errors';
import type { Router } from '../routeros/router';

interface HotspotServer {
  name: string;
  interface: string;
  disabled: boolean;
}

/** What a connection test finds out. */
export interface RouterFindings {
  name: string;
  version: string;
  board: string;
  serial: string | null;
  uptimeSeconds: number;
  clock: string;
  /** In which that clock goes. */
  clockZone: string;
  cpuLoadPercent: number;
  freeMemoryBytes: number;
  hotspotServers: HotspotServer[];
  /** Why nobody could be served although the router answers. */
  notes: string[];
}

/** The router itself, for staff who look at it; nothing here changes it. */
export class RouterDesk {
  constructor(
    private readonly router: Router | undefined,
    private readonly hotspotServer: string | undefined,
  ) {}

  /** @throws RouterUnreachable, RouterRefused */
  async test(): Promise<RouterFindings> {
    const router = this.need();
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
      clock: clock.time,
      clockZone: clock.zone,
      cpuLoadPercent: health.cpuLoad,
      freeMemoryBytes: health.freeMemory,
      hotspotServers: servers,
      notes: troubles(servers, this.hotspotServer),
    };
  }

  /** @throws RouterUnreachable, RouterRefused */
  async health() {
    return this.need().health();
  }

  /** All simple queues, ours or not, in the router's order. @throws RouterUnreachable, RouterRefused */
  async queues(): Promise<SimpleQueue[]> {
    return this.need().queues();
  }

  private need(): Router {
    if (this.router) return this.router;
    throw new RouterUnreachable(
      'No router is set up yet: write its address into .env as MIKROTIK_HOST',
    );
  }
}

function troubles(servers: readonly HotspotServer[], wanted: string | undefined): string[] {
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
