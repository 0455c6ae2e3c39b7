import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { hostOf, portOf } from '../../domain/shop/web-address';
import { AppError } from '../../errors';
import { say } from '../../text';

/** Messages must not go to that address. */
export class Unreachable extends AppError {}

/** Where no message may go, whatever the owner typed. */
export interface OffLimits {
  /** Ports of this program on this computer. */
  ownPorts: readonly number[];
  router: { host: string; port: number } | undefined;
}

/** @returns the answer's status @throws Unreachable, and Node's own error if nobody answers */
export type Post = (
  url: URL,
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
) => Promise<number>;

/**
 * Posts over a connection of its own. The address is looked up once, checked, and used for the connection, so
 * that a name cannot lead elsewhere in between. Redirects are not followed, and only the status of the answer
 * is read.
 */
export function outwardPost(offLimits: OffLimits): Post {
  return async (url, body, headers, signal) => {
    const found = await lookup(hostOf(url), { all: true });
    for (const { address } of found) await refuse(address, portOf(url), offLimits);
    signal.throwIfAborted();
    const pinned: LookupFunction = (_name, { all }, tell) =>
      all ? tell(null, found) : tell(null, found[0]!.address, found[0]!.family);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: false,
        lookup: pinned,
        signal,
      });
      sent.once('error', reject);
      sent.once('response', (answer) => {
        // Ignore the rest: an endless stream would never finish.
        answer.once('error', () => undefined);
        answer.destroy();
        resolve(answer.statusCode ?? 0);
      });
      sent.end(body);
    });
  };
}

async function refuse(address: string, port: number, { ownPorts, router }: OffLimits) {
  const range = ipaddr.process(address).range();
  if (['unspecified', 'broadcast', 'multicast', 'linkLocal'].includes(range)) {
    throw new Unreachable(say`may not be at ${address}: that is no address of one computer`);
  }
  const isHere = range === 'loopback' || ownAddresses().some((own) => isSame(own, address));
  if (isHere && ownPorts.includes(port)) {
    throw new Unreachable('may not be this program itself');
  }
  if (!router) return;
  const theirs = await lookup(router.host, { all: true }).catch(() => []);
  const isRouter = theirs.some((one) => isSame(one.address, address));
  // A simulated router is on this computer, beside programs that are valid receivers.
  if (isRouter && (!isHere || port === router.port)) {
    throw new Unreachable('may not be the router');
  }
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => all?.map((one) => one.address) ?? []);
}

function isSame(one: string, other: string): boolean {
  return ipaddr.process(one).toString() === ipaddr.process(other).toString();
}
