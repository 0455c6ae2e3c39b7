import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

/**
 * The address of the client: that of the connection, or what a proxy named in the settings says. Nobody
 * else is believed.
 */
export function clientAddress({ ip = '' }: Pick<Request, 'ip'>): string {
  return ipaddr.isValid(ip) ? ipaddr.process(ip).toString() : ip;
}
