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
