import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

/**
 * The address of the client: that of the connection, or what a proxy named in the settings says. Nobody
 * else is believed.
 */
export function clientAddress(req: Pick<Request, 'ip'>): string {
  const known = found.get(req);
  if (known !== undefined) return known;
  const { ip = '' } = req;
  let address = plain.get(ip);
  if (address === undefined) {
    address = ipaddr.isValid(ip) ? ipaddr.process(ip).toString() : ip;
    if (plain.size >= MOST_ADDRESSES) plain.clear();
    plain.set(ip, address);
  }
  found.set(req, address);
  return address;
}

/** Several parts of the portal ask about each request. */
const found = new WeakMap<object, string>();
/** Addresses as connections name them, and as we do: the same phones ask again and again. */
const plain = new Map<string, string>();
const MOST_ADDRESSES = 5_000;
