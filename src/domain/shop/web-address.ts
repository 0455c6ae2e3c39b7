import ipaddr from 'ipaddr.js';

/** A name or address of a computer, without a port. */
export function isHostName(text: string): boolean {
  return ipaddr.isValid(text) || /^[a-z\d]([a-z\d._-]*[a-z\d])?\.?$/i.test(text);
}

/** The host of an address as programs take it: IPv6 without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The port of a web address, its own or the usual one. */
export function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/**
 * A plain web address. `undefined` for any other scheme, and for one with a name, a password or a part
 * after `#`: those would be shown, logged or sent unexpectedly.
 */
export function parseWebAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || !isHostName(hostOf(url))) return undefined;
  return url.username || url.password || url.hash ? undefined : url;
}

/** How customers reach us, without a slash at the end; `undefined` if it cannot be that. */
export function parsePortalUrl(text: string): string | undefined {
  const url = parseWebAddress(text);
  return url?.search === '' ? (url.origin + url.pathname).replace(/(?<!\/)\/+$/, '') : undefined;
}

/** An address for people: without its password and what follows the path. */
export function withoutSecrets(address: string): string {
  const shown = new URL(address);
  shown.password = '';
  shown.search = '';
  return shown.toString();
}
