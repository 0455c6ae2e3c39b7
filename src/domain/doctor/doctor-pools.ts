import ipaddr from 'ipaddr.js';

/** Addresses as numbers. */
export type AddressRange = [first: number, last: number];

/** How many addresses a pool's ranges hold, and how many of `used` lie in them. */
export function poolFill(
  ranges: readonly string[],
  used: Iterable<string>,
): { size: number; used: number } {
  const spans = ranges.map(spanOf).filter((span) => span !== undefined);
  const size = spans.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const numbers = [...new Set(used)].map(asNumber).filter((number) => number !== undefined);
  const inside = numbers.filter((n) => spans.some(([first, last]) => n >= first && n <= last));
  return { size, used: inside.length };
}

/** Whether the address lies in `10.5.50.2-10.5.50.254`; a bare address contains only itself. */
export function inRange(range: string, address: string): boolean {
  const span = range.includes('-') ? spanOf(range) : undefined;
  const number = asNumber(address);
  return span !== undefined && number !== undefined && number >= span[0] && number <= span[1];
}

/** `A-B`, `A/24` or `A`; `undefined` for anything else. */
export function spanOf(range: string): AddressRange | undefined {
  if (ipaddr.IPv4.isValidCIDR(range)) {
    const first = asNumber(ipaddr.IPv4.networkAddressFromCIDR(range).toString());
    const last = asNumber(ipaddr.IPv4.broadcastAddressFromCIDR(range).toString());
    return first === undefined || last === undefined ? undefined : [first, last];
  }
  const [from, to = from] = range.split('-');
  const first = asNumber(from ?? '');
  const last = asNumber(to ?? '');
  return first === undefined || last === undefined || last < first ? undefined : [first, last];
}

function asNumber(address: string): number | undefined {
  const text = address.trim();
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.IPv4.parse(text).octets.reduce((number, octet) => number * 256 + octet, 0);
}
