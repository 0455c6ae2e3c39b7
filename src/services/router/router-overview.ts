import type { Clock } from '../../clock';
import { LiveQuestion } from '../live-question';
import { NoRouterYet } from '../loop/no-router';
import { missingFrom } from '../../domain/doctor/doctor-access';
import { missingPolicies } from '../../domain/doctor/doctor-finding';
import type { SimpleQueue } from '../../domain/network/network';
import { RouterRefused } from '../../errors';
import type { Router } from '../../routeros/router';
import { readLinkState, type LinkState } from '../../routeros/router-health';
import { readPolicies } from '../../routeros/router-rights';
import type { ApiSender } from '../../routeros/api/sentences';
import { isTrap, missingPackage } from '../../routeros/api/trap';
import { say } from '../../text';

interface HotspotServer {
  name: string;
  interface: string;
  disabled: boolean;
}

/** The result of a connection test. */
export interface RouterFindings {
  name: string;
  version: string;
  board: string;
  serial: string | null;
  uptimeSeconds: number;
  clock: string;
  /** The time zone of that clock. */
  clockZone: string;
  /** How far it is ahead of ours, negative if behind; `null` when it cannot be read. */
  clockSkewSeconds: number | null;
  /** The uplink; `null` if no interface is named in the settings. */
  wan: { interface: string; state: LinkState } | null;
  /** Rights the program needs and its user on the router lacks; `null` if the router does not tell. */
  missingRights: string[] | null;
  cpuLoadPercent: number;
  freeMemoryBytes: number;
  hotspotServers: HotspotServer[];
  /** Why nobody could be served although the router answers. */
  notes: string[];
}

/** What our settings say about the router. */
interface DeskSettings {
  username: string;
  hotspotServer: string | undefined;
  wanInterface: string | undefined;
  /** Where they are corrected: `.env` for the first router. */
  isAdded?: boolean | undefined;
}

type RouterHealth = Awaited<ReturnType<Router['health']>>;

/** The router itself, for staff to view; nothing here changes it. */
export class RouterOverview {
  private readonly forPages: {
    test: LiveQuestion<RouterFindings>;
    health: LiveQuestion<RouterHealth>;
    queues: LiveQuestion<SimpleQueue[]>;
  };

  /** @param side `undefined` until a router is set up */
  constructor(
    private readonly side: { router: Router; client: ApiSender } | undefined,
    private readonly settings: DeskSettings | undefined,
    private readonly clock: Clock,
  ) {
    this.forPages = {
      test: new LiveQuestion(() => this.test(), clock),
      health: new LiveQuestion(async () => this.need().health(), clock),
      queues: new LiveQuestion(async () => this.need().queues(), clock),
    };
  }

  /** What a page shows of the test: within a second. */
  get tested(): LiveQuestion<RouterFindings> {
    return this.forPages.test;
  }

  /** @throws RouterUnreachable, RouterRefused: if a right is missing, with its name */
  async test(): Promise<RouterFindings> {
    this.need();
    try {
      return await this.read(this.side!, this.settings!);
    } catch (error) {
      if (!isTrap(error, 'permission')) throw error;
      // Logging in takes `api`, reading takes `read`.
      const right = error.command === '/login' ? 'api' : 'read';
      const { title, fix } = missingPolicies(this.settings!.username, [right]);
      throw new RouterRefused(say`${title}. ${fix}`, { cause: error });
    }
  }

  private async read(
    { router, client }: { router: Router; client: ApiSender },
    { username, hotspotServer: wanted, wanInterface, isAdded = false }: DeskSettings,
  ): Promise<RouterFindings> {
    const identity = await router.identity();
    const [health, clock, servers, link, policies] = await Promise.all([
      router.health(),
      router.clock(),
      router.hotspotServers().catch(withoutPackage),
      wanInterface === undefined ? undefined : readLinkState(client, wanInterface),
      readPolicies(client, username),
    ]);
    const hotspotServers = servers instanceof RouterRefused ? [] : servers;
    const aheadMs = clock.at && clock.at.getTime() - this.clock.now().getTime();
    const wan = link && { interface: wanInterface!, state: link };
    const missing = policies && missingFrom(policies);
    return {
      name: identity.name,
      version: identity.version,
      board: identity.board,
      serial: identity.serial ?? null,
      uptimeSeconds: Math.floor(health.uptimeMs / 1000),
      clock: clock.time,
      clockZone: clock.zone,
      clockSkewSeconds: aheadMs === undefined ? null : Math.round(aheadMs / 1000),
      wan: wan ?? null,
      missingRights: missing ?? null,
      cpuLoadPercent: health.cpuLoad,
      freeMemoryBytes: health.freeMemory,
      hotspotServers,
      notes: [
        ...(servers instanceof RouterRefused
          ? [servers.message]
          : troubles(servers, wanted, isAdded)),
        ...uplinkTroubles(wan, isAdded),
        ...rightTroubles(username, missing ?? []),
      ],
    };
  }

  /** Within a second. @throws RouterUnreachable, RouterRefused */
  health(): Promise<RouterHealth> {
    return this.forPages.health.read();
  }

  /** What was answered last to `queues`; `undefined` before. */
  get lastQueues(): LiveQuestion<SimpleQueue[]>['last'] {
    return this.forPages.queues.last;
  }

  /**
   * All simple queues, ours or not, in the router's order; within a second.
   * @throws RouterUnreachable, RouterRefused
   */
  queues(): Promise<SimpleQueue[]> {
    return this.forPages.queues.read();
  }

  private need(): Router {
    if (this.side) return this.side.router;
    throw new NoRouterYet();
  }
}

/** Without the hotspot package the rest can still be reported. @throws any other error */
function withoutPackage(error: unknown): RouterRefused {
  if (missingPackage(error) === undefined) throw error;
  return error as RouterRefused;
}

function troubles(
  servers: readonly HotspotServer[],
  wanted: string | undefined,
  isAdded: boolean,
): string[] {
  const ours = servers.filter(({ name }) => wanted === undefined || name === wanted);
  if (servers.length === 0) {
    return ['The router has no hotspot server: make one with IP > Hotspot > Hotspot Setup'];
  }
  if (ours.length === 0) {
    const setting = isAdded ? 'the name in its settings' : 'MIKROTIK_HOTSPOT_SERVER';
    return [`The router has no hotspot server "${wanted}": check ${setting}`];
  }
  if (ours.every(({ disabled }) => disabled)) {
    return ['The hotspot is disabled on the router: enable it under IP > Hotspot'];
  }
  return [];
}

function uplinkTroubles(wan: RouterFindings['wan'] | undefined, isAdded: boolean): string[] {
  const setting = isAdded ? 'the name in its settings' : 'MIKROTIK_WAN_INTERFACE';
  switch (wan?.state) {
    case 'missing':
      return [`The router has no interface "${wan.interface}": check ${setting}`];
    case 'down':
      return [
        `The internet line is down: ${wan.interface} has no link or is disabled. Look at the cable and the modem`,
      ];
    default:
      return [];
  }
}

function rightTroubles(username: string, missing: readonly string[]): string[] {
  if (missing.length === 0) return [];
  const { title, fix } = missingPolicies(username, missing);
  return [`${title}. ${fix}`];
}
