import type { Knex } from 'knex';
import { booksViolations } from './books-invariants';
import type { RouterFacts } from './router-process';

interface Slot {
  code: string;
  mac: string;
}

interface HeldSession extends Slot {
  state: string;
  status: string;
}

interface SoldVoucher {
  code: string;
  status: string;
  used_up: number;
  used_down: number;
}

/** What customers were told: who got in by which code. */
export type Promises = ReadonlyMap<string, string>;

/**
 * What must be so after every fault, once two rounds are over.
 * @param isLast nothing may be under way any more
 * @returns what is not so, in words; empty when all is well
 */
export async function violations(
  db: Knex,
  router: RouterFacts,
  promised: Promises,
  isLast: boolean,
): Promise<string[]> {
  const held = await db('sessions')
    .join('vouchers', 'vouchers.code', 'sessions.code')
    .whereNot('sessions.state', 'ended')
    .select<HeldSession[]>('sessions.code', 'sessions.mac', 'sessions.state', 'vouchers.status');
  const used = await db('vouchers').select<SoldVoucher[]>('code', 'status', 'used_up', 'used_down');
  const macs = await db('sessions').select<Slot[]>('code', 'mac');
  const opened = await db('sessions')
    .whereNotNull('opened_at')
    .whereRaw(`coalesce(end_reason, '') <> 'moved'`)
    .select<Slot[]>('code', 'mac');
  return [
    ...redeemedTwice([...held, ...opened]),
    ...consumedWithoutAccess(used, held, router),
    ...accessWithoutCode(held, router, isLast),
    ...orphans(held, router),
    ...brokenPromises(promised, used, held),
    ...countedTwice(used, macs, router),
    ...(await booksViolations(db)),
  ];
}

/** A code may be moved to another phone, which is written down; none was in the hands of two otherwise. */
function redeemedTwice(slots: readonly Slot[]): string[] {
  const owners = new Map<string, string>();
  return slots.flatMap(({ code, mac }) => {
    const owner = owners.get(code) ?? mac;
    owners.set(code, owner);
    return owner === mac ? [] : [`${code} was redeemed by ${owner} and by ${mac}`];
  });
}

function consumedWithoutAccess(
  vouchers: readonly { code: string; status: string }[],
  held: readonly HeldSession[],
  router: RouterFacts,
): string[] {
  const online = new Set(router.active.map(({ mac }) => mac));
  return vouchers
    .filter(({ status }) => status === 'active')
    .flatMap(({ code }) => {
      const session = held.find((one) => one.code === code);
      if (!session) return [`${code} is used up, and no device has it`];
      return online.has(session.mac)
        ? []
        : [`${code} is used up, and ${session.mac} is not online`];
    });
}

function accessWithoutCode(
  held: readonly HeldSession[],
  router: RouterFacts,
  isLast: boolean,
): string[] {
  const may = (one: HeldSession) => one.status === 'active' || (one.state === 'pending' && !isLast);
  const allowed = new Set(held.filter(may).map(({ code, mac }) => `${code} ${mac}`));
  return router.active
    .filter(({ mac, user }) => !allowed.has(`${user} ${mac}`))
    .map(({ mac, user }) => `${mac} is online as ${user} without a code`);
}

function orphans(held: readonly HeldSession[], router: RouterFacts): string[] {
  const codes = new Set(held.map(({ code }) => code));
  const queues = new Set(held.map(({ mac }) => `pisonet-${mac}`));
  const ours = ({ comment }: { comment: string }) => comment.startsWith('pisonet:');
  return [
    ...router.users.filter((user) => ours(user) && !codes.has(user.name)),
    ...router.queues.filter((queue) => ours(queue) && !queues.has(queue.name)),
  ].map(({ name }) => `${name} is left on the router`);
}

function brokenPromises(
  promised: Promises,
  vouchers: readonly { code: string; status: string }[],
  held: readonly HeldSession[],
): string[] {
  const statuses = new Map(vouchers.map(({ code, status }) => [code, status]));
  return [...promised].flatMap(([code, mac]) => {
    const status = statuses.get(code);
    if (status === 'revoked') return [];
    if (status !== 'active') return [`${mac} was told that ${code} is theirs; it is ${status}`];
    const isTheirs = held.some((one) => one.code === code && one.mac === mac);
    return isTheirs ? [] : [`${mac} was told that ${code} is theirs, and another has it`];
  });
}

function countedTwice(
  vouchers: readonly { code: string; used_up: number; used_down: number }[],
  sessions: readonly Slot[],
  router: RouterFacts,
): string[] {
  return vouchers.flatMap(({ code, used_up: up, used_down: down }) => {
    const macs = new Set(sessions.filter((one) => one.code === code).map(({ mac }) => mac));
    const passed = [...macs].reduce((sum, mac) => sum + (router.counted[mac] ?? 0), 0);
    return up + down <= passed ? [] : [`${code} has ${up + down} bytes, and ${passed} passed`];
  });
}
