import { formatDuration } from '../domain/units';

/** The state of the internet line, on the page and in the terminal. */
export function wanText(
  wan: { interface: string; state: 'up' | 'down' | 'missing' } | null,
): string {
  if (!wan) return 'Not monitored. Name the internet port in .env (MIKROTIK_WAN_INTERFACE)';
  if (wan.state === 'missing') return `the router has no interface ${wan.interface}`;
  return `${wan.interface} is ${wan.state}`;
}

/** @param seconds by how much the router's clock is ahead of ours; `null` when it cannot be told */
export function skewText(seconds: number | null): string {
  if (seconds === null) return 'which cannot be compared with ours';
  if (seconds === 0) return 'matches';
  return `${formatDuration(Math.abs(seconds))} ${seconds > 0 ? 'ahead of' : 'behind'} ours`;
}

/** @param missing rights the program needs and has not; `null` when the router does not tell */
export function rightsText(missing: readonly string[] | null): string {
  if (!missing) return 'the router does not tell';
  return missing.length === 0 ? 'OK' : `missing: ${missing.join(', ')}`;
}
