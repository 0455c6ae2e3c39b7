import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { Config } from '../config';
import type { Log } from '../log';
import { limitConnections } from './portal/address-limits';
import { readCertificate, renewCertificate } from './http/certificate';
import { listen } from './http/listen';

/** Whoever opens a connection and says nothing holds up a stop no longer than this. */
const HANDSHAKE_MS = 5_000;

/** Whose pages a port has; what is for everybody, such as `/healthz`, is on each. */
export type Pages = 'all' | 'customers' | 'staff';

/** A port we listen on, and whose pages are there. */
export interface Listener {
  server: HttpServer | HttpsServer;
  port: number;
  pages: Pages;
}

/**
 * Listens wherever the settings say, all or nothing; who asks waits for the answer until there is one.
 * @throws InvalidInput when a port is in use, or the certificate cannot be used
 */
export async function openListeners(
  config: Pick<Config, 'port' | 'host' | 'staff' | 'trustedProxies'>,
): Promise<Listener[]> {
  const { staff } = config;
  const certificate = staff?.tls && readCertificate(staff.tls);
  const customers = createHttpServer();
  limitConnections(customers, config.trustedProxies);
  const port = await listen(customers, config, 'PORT');
  if (!staff) return [{ server: customers, port, pages: 'all' }];
  const server = certificate
    ? createHttpsServer({ ...certificate, handshakeTimeout: HANDSHAKE_MS })
    : createHttpServer();
  try {
    const staffPort = await listen(server, staff, 'ADMIN_PORT');
    return [
      { server: customers, port, pages: 'customers' },
      { server, port: staffPort, pages: 'staff' },
    ];
  } catch (error) {
    customers.close();
    throw error;
  }
}

/** A renewed certificate is used without a new start. */
export function renewCertificates(
  listeners: readonly Listener[],
  { staff }: Pick<Config, 'staff'>,
  log: Log,
): void {
  for (const { server } of listeners) {
    if (server instanceof HttpsServer && staff?.tls) renewCertificate(server, staff.tls, log);
  }
}
