import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
  type Server as HttpServer,
} from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { Config } from '../config';
import type { Log } from '../log';
import { limitConnections } from './portal/address-limits';
import { readCertificate, renewCertificate } from './http/certificate';
import { listen } from './http/listen';

/** A silent connection delays a stop no longer than this. */
const HANDSHAKE_MS = 5_000;

/** How long a request may take to arrive, and how many lines may be open. */
export interface LineLimits {
  /** For its headers, which a phone on weak Wi-Fi sends in well under a second. */
  headersMs: number;
  /** For all of it: a list of 10,000 codes takes a minute on a slow line. */
  requestMs: number;
  /** How often the two are looked at. */
  checkMs: number;
  /** Of all addresses together, so that the books and the router still get theirs from the system. */
  connections: number;
}

const LIMITS: LineLimits = {
  headersMs: 10_000,
  requestMs: 120_000,
  checkMs: 2_000,
  connections: 2_000,
};

/** Requests that wait for the pages to exist; later ones are told to come again. */
const MOST_WAITING = 200;

/** Whose pages a port has; what is for everybody, such as `/healthz`, is on each. */
export type Pages = 'all' | 'customers' | 'staff';

/** A port we listen on, and whose pages are there. */
export interface Listener {
  server: HttpServer | HttpsServer;
  port: number;
  pages: Pages;
}

/**
 * Listens on every port in the settings, all or nothing; requests wait until the pages exist.
 * @throws InvalidInput when a port is in use, or the certificate cannot be used
 */
export async function openListeners(
  config: Pick<Config, 'port' | 'host' | 'staff' | 'trustedProxies'>,
  limits = LIMITS,
): Promise<Listener[]> {
  const { staff } = config;
  const certificate = staff?.tls && readCertificate(staff.tls);
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
  };
  const customers = createHttpServer(options);
  customers.maxConnections = limits.connections;
  limitConnections(customers, config.trustedProxies);
  holdRequests(customers);
  const port = await listen(customers, config, 'PORT');
  if (!staff) return [{ server: customers, port, pages: 'all' }];
  const server = certificate
    ? createHttpsServer({ ...options, ...certificate, handshakeTimeout: HANDSHAKE_MS })
    : createHttpServer(options);
  server.maxConnections = limits.connections;
  holdRequests(server);
  try {
    const staffPort = await listen(server, staff, 'ADMIN_PORT');
    return [
      { server: customers, port, pages: 'customers' },
      { server, port: staffPort, pages: 'staff' },
    ];
  } catch (error) {
    closeNow([customers]);
    throw error;
  }
}

/** Ends every connection: nothing will be answered any more. */
export function closeNow(servers: readonly HttpServer[]): void {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
}

/**
 * Node drops a request that nobody listens for, and never answers it: those that come before the pages
 * exist wait for them.
 */
function holdRequests(server: HttpServer): void {
  let waiting: [IncomingMessage, ServerResponse][] = [];
  server.on('request', (req, res) => {
    if (server.listenerCount('request') > 1) return; // the pages take over
    if (waiting.length >= MOST_WAITING)
      return void res.writeHead(503, { 'retry-after': '5' }).end();
    waiting.push([req, res]);
    res.once('close', () => (waiting = waiting.filter(([, one]) => one !== res)));
  });
  server.on('newListener', (event: string, answer: unknown) => {
    if (event !== 'request') return;
    const held = waiting;
    waiting = [];
    const handler = answer as (req: IncomingMessage, res: ServerResponse) => void;
    for (const [req, res] of held) setImmediate(() => handler(req, res));
  });
}

/** A renewed certificate is used without a restart. */
export function renewCertificates(
  listeners: readonly Listener[],
  { staff }: Pick<Config, 'staff'>,
  log: Log,
): void {
  for (const { server } of listeners) {
    if (server instanceof HttpsServer && staff?.tls) renewCertificate(server, staff.tls, log);
  }
}
