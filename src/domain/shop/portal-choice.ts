import { isIPv4 } from 'node:net';

/**
 * How phones reach this computer: as set in the settings, otherwise by the address the router sees us at.
 * Never an address that means "this very machine", unless the router is on it too.
 * @param set the settings' address
 * @param ourAddress our address as the router sees it
 * @param port of our server
 * @returns `undefined` when nothing is known
 */
export function choosePortal(
  set: string | undefined,
  ourAddress: string | undefined,
  port: number,
): string | undefined {
  const suggested =
    ourAddress !== undefined && isIPv4(ourAddress) && !isLoopback(ourAddress)
      ? `http://${ourAddress}:${port}`
      : undefined;
  if (set === undefined) return suggested;
  return isLoopback(new URL(set).hostname) ? (suggested ?? set) : set;
}

function isLoopback(host: string): boolean {
  return /^127(\.\d+){3}$|^\[?::1\]?$|(^|\.)localhost$/i.test(host);
}
