import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

/**
 * The address that asks: that of the connection, or what a proxy named in the settings says of it.
 * Nobody else's word counts.
 */
export function askerAddress({ ip = '' }: Pick<Request, 'ip'>): string {
  return ipaddr.isValid(ip) ? ipaddr.process(ip).toString() : ip;
}
