import ipaddr from 'ipaddr.js';
import { invalidValue, noMatch } from './refusals';
import type { Entry } from './table';

/** Where a queue applies: one address, a network, or everything behind an interface. */
export type Target =
  | { kind: 'address'; address: string }
  | { kind: 'network'; network: ipaddr.IPv4; bits: number }
  | { kind: 'interface'; name: string }
  /** IPv6: kept and shown, but the hotspot's customers have none. */
  | { kind: 'foreign' };

/** `10.5.50.7` is kept as `10.5.50.7/32`, and a network without its host bits. @throws Refusal */
export function normalTarget(
  property: string,
  given: string,
  interfaces: readonly string[],
): string {
  if (interfaces.includes(given)) return given;
  const [address = '', bits, more] = given.split('/');
  if (!ipaddr.isValid(address))
    throw address.includes(':') ? invalidValue(property) : noMatch(property);
  const parsed = ipaddr.parse(address);
  const widest = parsed.kind() === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? widest : Number(bits);
  if (more !== undefined || bits === '' || !(prefix >= 0 && prefix <= widest)) {
    throw invalidValue(property);
  }
  const network = (parsed.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(
    `${address}/${prefix}`,
  );
  return `${network.toString()}/${prefix}`;
}

/** Targets of text that `normalTarget` made. */
export function readTargets(kept: string): Target[] {
  return kept.split(',').map((part): Target => {
    const [address = '', bits] = part.split('/');
    if (bits === undefined) return { kind: 'interface', name: part };
    if (!ipaddr.IPv4.isValid(address)) return { kind: 'foreign' };
    if (bits === '32') return { kind: 'address', address };
    return { kind: 'network', network: ipaddr.IPv4.parse(address), bits: Number(bits) };
  });
}

function covers(
  target: Target,
  address: string,
  parsed: ipaddr.IPv4,
  interfaceName: string,
): boolean {
  switch (target.kind) {
    case 'address':
      return target.address === address;
    case 'network':
      return parsed.match(target.network, target.bits);
    case 'interface':
      return target.name === interfaceName;
    case 'foreign':
      return false;
  }
}

/**
 * The queues under one parent, indexed by address. Nearly all queues have one address each and are found
 * by it; only the few wide ones are searched.
 */
export class MatchIndex<Q extends Entry<{ targets: readonly Target[] }>> {
  private readonly byAddress = new Map<string, Set<Q>>();
  private readonly wide = new Set<Q>();
  private readonly all = new Set<Q>();

  get queues(): ReadonlySet<Q> {
    return this.all;
  }

  insert(queue: Q): void {
    this.all.add(queue);
    for (const target of queue.state.targets) {
      if (target.kind !== 'address') this.wide.add(queue);
      else if (this.byAddress.has(target.address)) this.byAddress.get(target.address)!.add(queue);
      else this.byAddress.set(target.address, new Set([queue]));
    }
  }

  delete(queue: Q): void {
    this.all.delete(queue);
    this.wide.delete(queue);
    for (const target of queue.state.targets) {
      if (target.kind !== 'address') continue;
      const same = this.byAddress.get(target.address);
      same?.delete(queue);
      if (same?.size === 0) this.byAddress.delete(target.address);
    }
  }

  /** The one that stands highest in the list among those that match. */
  first(address: string, interfaceName: string): Q | undefined {
    let best: Q | undefined;
    for (const queue of this.byAddress.get(address) ?? []) {
      if (!best || queue.order < best.order) best = queue;
    }
    if (this.wide.size === 0) return best;
    const parsed = ipaddr.IPv4.parse(address);
    for (const queue of this.wide) {
      if (best && queue.order > best.order) continue;
      const { targets } = queue.state;
      if (targets.some((target) => covers(target, address, parsed, interfaceName))) best = queue;
    }
    return best;
  }
}
