import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config';
import { InvalidInput } from '../errors';

/**
 * Starts listening. @returns the port, which the system chose if the configuration says 0
 * @throws InvalidInput when another program has the port
 */
export function listen(server: Server, config: Pick<Config, 'port' | 'host'>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = `Port ${config.port} is in use by another program: stop it, or set PORT to another number`;
      reject(error.code === 'EADDRINUSE' ? new InvalidInput(inUse, { cause: error }) : error);
    });
    server.listen(config.port, config.host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Takes no more connections; resolves when every request under way has its answer. */
export function endRequests(server: Server): Promise<void> {
  // A browser keeps its connection for the next page: it would never end by itself.
  server.prependListener('request', (_req, res) => (res.shouldKeepAlive = false));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(idle);
      resolve();
    });
  });
}
