import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidInput } from '../../errors';

/**
 * Starts listening. @returns the port, which the system chose if the configuration says 0
 * @param setting the port's name in `.env`
 * @throws InvalidInput when another program has the port, or this one may not have it
 */
export function listen(
  server: Server,
  { port, host }: { port: number; host: string },
  setting: 'PORT' | 'ADMIN_PORT' = 'PORT',
): Promise<number> {
  const troubles: Record<string, string> = {
    EADDRINUSE: `Port ${port} is in use by another program: stop it, or set ${setting} to another number`,
    EACCES: `Port ${port} is not for this user: set ${setting} to a number from 1024 up`,
    EADDRNOTAVAIL:
      `${host} is not an address of this computer: correct ` +
      `${setting === 'PORT' ? 'HOST' : 'ADMIN_HOST'} in .env`,
  };
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const trouble = troubles[error.code ?? ''];
      reject(trouble === undefined ? error : new InvalidInput(trouble, { cause: error }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
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
