import { total } from '../units';
import type { Session, Voucher } from '../vouchers/voucher';

export const EVENT_NAMES = [
  'voucher.redeemed',
  'voucher.expired',
  'voucher.unrevoked',
  'quota.reached',
  'alert.raised',
  'alert.cleared',
  'router.down',
  'router.up',
  'plan.added',
  'plan.changed',
  'invoice.issued',
  'invoice.paid',
  'invoice.void',
  'payment.received',
  'payment.refunded',
  'subscriber.added',
  'subscription.started',
  'subscription.changed',
  'subscription.ended',
  'subscriber.suspended',
  'subscriber.resumed',
  'test',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/**
 * Something that people and programs are told of. `data` is what a webhook carries; see docs/notices.md.
 */
export interface ShopEvent {
  name: EventName;
  at: Date;
  /** What it is about: a voucher's code, an alert's kind. */
  subject: string;
  data: Record<string, unknown>;
}

/** Everything an owner can be alerted to. */
export const ALERT_KINDS = [
  'router away',
  'another router',
  'router clock',
  'router unhealthy',
  'wan down',
  'wan unknown',
  'phones hidden',
  'pool full',
  'oversold',
  'line not shared',
  'name taken',
  'queue counts nothing',
  'rows put back',
  'mass removal',
  'login refused',
  'code on another phone',
  'codes guessed',
  'clock was set',
  'clock in doubt',
  'loop late',
  'loop fails',
  'books unavailable',
  'backup failed',
  'notices lost',
  'drawer differs',
  'slips differ',
  'coins without customer',
  'coin counter fell',
  'unknown coin',
  'coin box silent',
  'payment waiting',
  'payment given back',
  'payment page refused',
  'notice setting',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** An alert by what it is about; the message is for people. */
export interface AlertCause {
  kind: string;
  subject: string;
  message: string;
}

/** About cash and slips in the hands of staff: nobody but an owner may clear them. */
const OWNERS_ALERTS: ReadonlySet<string> = new Set([
  ...['drawer differs', 'slips differ', 'coins without customer', 'coin counter fell'],
]);

export function isOwnersAlert({ kind }: Pick<AlertCause, 'kind'>): boolean {
  return OWNERS_ALERTS.has(kind);
}

export const ROUTER_AWAY = 'router away';
export const LOOP_LATE = 'loop late';
export const LOOP_FAILS = 'loop fails';
export const BOOKS_UNAVAILABLE = 'books unavailable';
/** Alerts that cannot wait for the morning; the same goes for the news that they are over. */
const URGENT_ALERTS: readonly string[] = [ROUTER_AWAY, LOOP_LATE, LOOP_FAILS, BOOKS_UNAVAILABLE];
const FOR_PEOPLE: readonly EventName[] = ['alert.raised', 'alert.cleared', 'quota.reached'];

/** Whether people want to read it; programs get everything. */
export function isForPeople({ name }: Pick<ShopEvent, 'name'>): boolean {
  return FOR_PEOPLE.includes(name);
}

export function isUrgent({ name, subject }: Pick<ShopEvent, 'name' | 'subject'>): boolean {
  return name.startsWith('alert.') && URGENT_ALERTS.includes(subject);
}

export function alertRaised({ kind, subject, message }: AlertCause, at: Date): ShopEvent[] {
  const data = { kind, subject, message };
  const raised: ShopEvent = { name: 'alert.raised', at, subject: kind, data };
  if (kind !== ROUTER_AWAY) return [raised];
  return [raised, { name: 'router.down', at, subject: kind, data: { message } }];
}

/** @param by who cleared it by hand: then the cause may well go on, and the router does not count as up */
export function alertCleared(
  { kind, subject, message }: AlertCause,
  raisedAt: Date,
  at: Date,
  by: string | null,
): ShopEvent[] {
  const data = { kind, subject, message, raisedAt: raisedAt.toISOString(), by };
  const cleared: ShopEvent = { name: 'alert.cleared', at, subject: kind, data };
  if (kind !== ROUTER_AWAY || by !== null) return [cleared];
  return [
    cleared,
    { name: 'router.up', at, subject: kind, data: { downSince: raisedAt.toISOString() } },
  ];
}

/**
 * What happened to these vouchers: first used, or over.
 * @param before as they were; a voucher that is missing counts as unused
 * @param sessions to look up the device that uses a voucher
 */
export function voucherEvents(
  before: ReadonlyMap<string, Voucher>,
  after: readonly Voucher[],
  sessions: readonly Session[],
  at: Date,
): ShopEvent[] {
  return after.flatMap((voucher) => {
    const was = before.get(voucher.code);
    const events: ShopEvent[] = [];
    if (voucher.activatedAt && !was?.activatedAt) {
      const mac = sessions.findLast(({ code }) => code === voucher.code)?.mac ?? null;
      events.push({
        name: 'voucher.redeemed',
        at,
        subject: voucher.code,
        data: { ...factsOf(voucher), mac, expiresAt: voucher.expiresAt?.toISOString() ?? null },
      });
    }
    if (voucher.endedAt && !was?.endedAt) events.push(voucherOver(voucher, at));
    return events;
  });
}

/**
 * @param reason `revoked` if the voucher's own status does not say so: a developer code becomes usable
 *   again
 */
export function voucherOver(
  voucher: Voucher,
  at: Date,
  reason: string = voucher.status,
): ShopEvent {
  const { code, used } = voucher;
  const data = { ...factsOf(voucher), reason, usedBytes: total(used) };
  return { name: 'voucher.expired', at, subject: code, data };
}

/** The end that `voucherOver` told of is undone. */
export function voucherUnrevoked(voucher: Voucher, at: Date): ShopEvent {
  const { code, used, expiresAt } = voucher;
  const data = {
    ...factsOf(voucher),
    usedBytes: total(used),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
  return { name: 'voucher.unrevoked', at, subject: code, data };
}

function factsOf({ code, planName, terms, developer }: Voucher) {
  return { code, plan: planName, price: terms.price, developer };
}
