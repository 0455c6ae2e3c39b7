import type {
  CookieState,
  HostState,
  QueueState,
  SessionState,
  Station,
  UserState,
} from './states';
import { Table, type Entry } from '../engine/table';

/** The tables more than one part of the simulator works on. */
export interface Tables {
  readonly interfaces: Table;
  readonly servers: Table;
  /** Interfaces that belong to a bridge. */
  readonly bridgePorts: Table;
  readonly serverProfiles: Table;
  readonly users: Table<UserState>;
  readonly userProfiles: Table;
  readonly active: Table<SessionState>;
  readonly hosts: Table<HostState>;
  readonly cookies: Table<CookieState>;
  readonly bindings: Table;
  readonly queues: Table<QueueState>;
  readonly leases: Table<{ readonly boundAt: number; dynamic: boolean }>;
  readonly arp: Table;
  readonly filters: Table;
  /** Rules of srcnat and dstnat, in order. */
  readonly nat: Table;
  readonly raw: Table;
  readonly bridges: Table;
  readonly dhcpServers: Table;
  readonly webGarden: Table;
  readonly ipGarden: Table;
  readonly addresses: Table;
  readonly interfaceLists: Table;
  readonly files: Table<{ changedAt: number }>;
  readonly stations: Table<Station>;
  /** Devices by the address that the rest of the network sees: `to-address` of their host row. */
  readonly stationAt: Map<string, Station>;
  readonly groups: Table;
  readonly routerUsers: Table;
  readonly services: Table;
  readonly packages: Table;
}

export function createTables(): Tables {
  return {
    interfaces: new Table(),
    servers: new Table(),
    bridgePorts: new Table(),
    serverProfiles: new Table(),
    users: new Table(),
    userProfiles: new Table(),
    active: new Table(),
    hosts: new Table(),
    cookies: new Table(),
    bindings: new Table(),
    queues: new Table(),
    leases: new Table(),
    arp: new Table(),
    filters: new Table(),
    nat: new Table(),
    raw: new Table(),
    bridges: new Table(),
    dhcpServers: new Table(),
    webGarden: new Table(),
    ipGarden: new Table(),
    addresses: new Table(),
    interfaceLists: new Table(),
    files: new Table(),
    stations: new Table(),
    stationAt: new Map(),
    groups: new Table(),
    routerUsers: new Table(),
    services: new Table(),
    packages: new Table(),
  };
}

/** The hotspot server of an interface; a device anywhere else counts as the first one's. */
export function serverAt({ servers, interfaces }: Tables, port: string): Entry | undefined {
  const own = [...servers].find(
    ({ values }) => referenced(interfaces, values['interface'])?.name === port,
  );
  return own ?? servers.first();
}

/** The row a reference points at: kept as an id once somebody set it, as a name while it is initial. */
export function referenced<S>(table: Table<S>, kept: string | undefined): Entry<S> | undefined {
  if (kept === undefined) return undefined;
  return table.get(kept) ?? table.named(kept)[0];
}
