import ipaddr from 'ipaddr.js';
import type { Values } from '../engine/table';
import type { Tables } from './tables';

/** Where a device wants to go before it has logged in. */
export interface Destination {
  host: string;
  /** What the device takes the name for, wherever it knows that from. */
  address: string;
  port: number;
}

/**
 * Whether the walled garden lets somebody who is not logged in reach it. A rule by name opens the address that
 * the router saw a phone look up since its last start, and nothing before that.
 * @param lookedUp names that phones asked the router for
 */
export function isReachable(
  { ipGarden, webGarden }: Tables,
  to: Destination,
  lookedUp: ReadonlySet<string>,
  isProxyAllowed: boolean,
): boolean {
  const fits = (values: Values) => fitsDestination(values, to, lookedUp);
  const byAddress = [...ipGarden].find((rule) => !rule.flag('disabled') && fits(rule.values));
  if (byAddress) return byAddress.values['action'] === 'accept';
  const byPage = [...webGarden].find((rule) => !rule.flag('disabled') && fits(rule.values));
  return isProxyAllowed && byPage?.values['action'] === 'allow';
}

function fitsDestination(values: Values, to: Destination, lookedUp: ReadonlySet<string>): boolean {
  const { 'dst-address': address, 'dst-host': host, 'dst-port': port, protocol } = values;
  if (protocol && protocol !== 'tcp') return false;
  if (port && port !== String(to.port)) return false;
  if (host) return host === to.host && lookedUp.has(host);
  return !address || isIn(address, to.address);
}

/** Whether a rule of `raw` keeps the hotspot from redirecting what a device sends. */
export function isUntracked({ raw }: Tables, device: string): boolean {
  return [...raw].some(
    ({ values }) =>
      values['chain'] === 'prerouting' &&
      values['action'] === 'notrack' &&
      values['disabled'] !== 'true' &&
      (!values['src-address'] || isIn(values['src-address'], device)),
  );
}

function isIn(network: string, address: string): boolean {
  const cidr = network.includes('/') ? network : `${network}/32`;
  return ipaddr.parse(address).match(ipaddr.parseCIDR(cidr));
}
