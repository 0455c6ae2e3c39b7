import ipaddr from 'ipaddr.js';
import type { Finding } from './doctor-finding';
import type { RouterSnapshot } from './doctor-snapshot';
import { total } from '../units';
import { catcher, isOneAddress, queueOwner, type SimpleQueue } from '../network/network';

/** A session that used this much must show in its queue, if the queue counts at all. */
const SURELY_COUNTED_BYTES = 5_000_000;

/** Which other queues, or ways past all of them, keep a customer's packets from the queue that counts them. */
export function queueFindings({ queues, active }: RouterSnapshot): Finding[] {
  const inForce = queues.filter(({ disabled, invalid }) => !disabled && !invalid);
  const duplicates = sharedTargets(inForce);
  const shadows = shadowing(inForce);
  const idle = active.filter(
    ({ mac, bytes }) =>
      total(bytes) >= SURELY_COUNTED_BYTES &&
      inForce.some((queue) => queueOwner(queue) === mac && total(queue.bytes) === 0),
  );
  const findings: Finding[] = [];
  if (duplicates.length > 0) findings.push(duplicateFinding(duplicates));
  if (shadows.length > 0) findings.push(shadowFinding(shadows));
  if (idle.length > 0) findings.push(idleFinding(idle.map(({ mac }) => mac)));
  return findings;
}

function idleFinding(macs: readonly string[]): Finding {
  const more = macs.length > 1 ? ` (and ${macs.length - 1} more like it)` : '';
  return {
    id: 'queue-idle',
    severity: 'warning',
    title: `The queue of ${macs[0]} has counted nothing, although the device is online and busy${more}`,
    meaning:
      'Its traffic goes another way and is not slowed down, or the queue slows it and does not count. ' +
      'What it uses is taken from its hotspot session meanwhile, so a cap holds. Likely, unless somebody ' +
      'reset the counters of the queue a moment ago.',
    fix:
      'Look again in some minutes. If it stays: see in WinBox under IP > Firewall whether FastTrack is ' +
      "on, and under Switch or Bridge whether the hotspot's ports are hardware offloaded (L3 HW). If " +
      'neither is, update RouterOS.',
  };
}

/** Addresses that several queues have as their target, one of ours among them. */
function sharedTargets(queues: readonly SimpleQueue[]): { target: string; names: string[] }[] {
  const holders = new Map<string, SimpleQueue[]>();
  for (const queue of queues) {
    if (queue.dynamic) continue; // made by the router itself; identified by its place
    for (const target of queue.targets.filter(isOneAddress)) {
      holders.set(target, [...(holders.get(target) ?? []), queue]);
    }
  }
  return [...holders]
    .filter(([, sharing]) => sharing.length > 1 && sharing.some((queue) => queueOwner(queue)))
    .map(([target, sharing]) => ({ target, names: sharing.map(({ name }) => name) }));
}

function duplicateFinding(shared: readonly { target: string; names: string[] }[]): Finding {
  const [first] = shared;
  const more = shared.length > 1 ? ` (and ${shared.length - 1} more like it)` : '';
  return {
    id: 'duplicate-target',
    severity: 'error',
    title: `Several queues have the target ${first!.target}: ${first!.names.join(', ')}${more}`,
    meaning:
      'Only the upper one counts and slows the device; when that is not the right one, a customer ' +
      'has the wrong speed, or pays for what somebody else used. Certain.',
    fix:
      'In WinBox open Queues and remove the one that was made by hand. Those whose comment begins ' +
      'with "pisonet:" this program puts right.',
    commands: ['reconcile --once'],
  };
}

/** Queues of others that stand above one of ours and would take its device's packets. */
function shadowing(queues: readonly SimpleQueue[]): { upper: SimpleQueue; lower: SimpleQueue }[] {
  const found: { upper: SimpleQueue; lower: SimpleQueue }[] = [];
  const ours = queues.map((queue, at) => ({ queue, at })).filter(({ queue }) => queueOwner(queue));
  queues.forEach((upper, at) => {
    if (!upper.dynamic && queueOwner(upper)) return;
    const catches = catcher(upper.targets);
    const below = ours.find(
      ({ queue, at: place }) =>
        place > at &&
        !(!upper.dynamic && queue.targets.some((target) => upper.targets.includes(target))) &&
        queue.targets.some((target) => {
          const address = target.split('/')[0]!;
          return ipaddr.isValid(address) && catches(ipaddr.parse(address));
        }),
    );
    if (below) found.push({ upper, lower: below.queue });
  });
  return found;
}

function shadowFinding(shadows: ReturnType<typeof shadowing>): Finding {
  const { upper, lower } = shadows[0]!;
  const more = shadows.length > 1 ? ` (and ${shadows.length - 1} more like it)` : '';
  return {
    id: 'queue-above',
    severity: 'error',
    title: `The queue "${upper.name}" stands above "${lower.name}" and takes its traffic${more}`,
    meaning:
      'The first queue that fits a packet is the one that counts, so the plan of that customer is ' +
      'dead: no cap, and not the speed that was paid for. Sure where the target is an address; ' +
      'for an interface, likely.',
    fix:
      `Let this program move its queues up. If it comes back, remove "${upper.name}" in WinBox under ` +
      'Queues, or the rate limit that makes it.',
    commands: ['reconcile --once'],
  };
}
