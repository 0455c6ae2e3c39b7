/**
 * What the audit records. Each kind has its name and its values, which the books keep and programs read
 * (`audit --json`): they stay as they are. What people read of them is made in `src/format`.
 */
import type { CheckoutSettings } from '../billing/gateways/gateway';
import type { BillingRules } from '../billing/subscriber';
import type { SettledAs } from '../money/slip-custody';
import type { QuotaKind } from '../notices/quota';
import type { Mac, Money, Rates } from '../units';
import type { VoucherStatus } from '../vouchers/voucher';

/** What the loop itself does on the router; by far the most frequent entries. */
export const ROUTER_WRITES = [
  'user added',
  'user changed',
  'user removed',
  'PPPoE user added',
  'PPPoE user changed',
  'PPPoE user removed',
  'queue added',
  'queue changed',
  'queue moved up',
  'queue removed',
  'shared queue added',
  'shared queue changed',
  'shared queue removed',
  'host removed',
  'cookie removed',
  'logged in',
  'logged out',
] as const;
export type RouterWrite = (typeof ROUTER_WRITES)[number];

const REFUSED_WRITES = new Map<string, RouterWrite>(
  ROUTER_WRITES.map((write) => [refusedKind(write), write]),
);

type Nothing = Record<string, never>;
type Values = Record<string, unknown>;
type Change<T> = { before: T | null; after: T | null };
/** As the object of a database or a form has them; dates as ISO text, UTC. */
type Speed = Rates & { until: string | null };

/** What was written there. */
interface WriteValues extends Record<RouterWrite, Values> {
  'host removed': { address: string };
  'cookie removed': { code: string };
  /** For a phone whose address the hotspot translates, both addresses, and the one it was logged in by. */
  'logged in': { code: string; address?: string; toAddress?: string; loggedInAt?: string };
  'logged out': { code: string };
}

interface VoucherValues {
  'vouchers generated': { plan: string; count: number; developer: boolean; seller: string | null };
  'vouchers imported':
    { plan: string; count: number } | { origin: string; source: string; count: number };
  'users adopted': { done: number; closed: number; refused: number };
  'batch handed over': { to: string; before?: string; vouchers: number; slips?: number };
  'slips counted': { seller: string; slips: number; unused: number; back: number };
  'missing slips settled': { seller: string; as: SettledAs; missing: number };
  'voucher redeemed': { by?: string | undefined };
  'voucher typed again': { by?: string | undefined };
  'voucher moved': { from: string; by?: string | undefined };
  'redemption undone': { mac: string };
  'voucher paused': { mac: string };
  'came back': { resumed: string[] };
  'voucher ended': { reason: string };
  /** `with`: all that were ended at once. */
  'voucher ended by staff': { was: VoucherStatus; with?: string };
  'end undone': { status: VoucherStatus };
  'voucher extended': { by: string; of: string };
  'extension undone': { by: string; of: string };
  'voucher deleted': Nothing;
  'sale refunded': Money & { reason: string };
  'part shared': Values & { to: string };
  'made from a part': { of: string };
  'overage of a period': { bytes: number; charge: Money; from: Date };
  'quota reached': { kind: QuotaKind; percent: number; usedBytes: number; ofBytes: number };
  'usage recorded': { bytesUp: number; bytesDown: number; note: string };
  'usage counted by session': { code: string; usedBytes: number };
  'usage counted by queue': { code: string; usedBytes: number };
  outage: { lasted: string; from: string; to: string; vouchers: number };
  'time given back': TimeValues;
  'time taken again: more than was lost': TimeValues;
  'online time given back': TimeValues;
  'online time taken again: more than was lost': TimeValues;
}

interface TimeValues {
  time: string;
  for: string;
  from: string;
  to: string;
}

interface DeviceValues {
  'limit set': Change<Speed>;
  'limit removed': Change<Speed>;
  'device blocked': { reason: string };
  'device unblocked': Change<{ reason: string; by: string; at: string }>;
  'device named': Change<{ name: string }>;
  'logged out by staff': { everybody?: true };
  'logged out by customer': Nothing;
}

interface StaffValues {
  'account added': { role: string };
  'account removed': { role: string };
  'role changed': { was: string; role: string };
  'sites changed': { sites: readonly string[] };
  'signed in': { address: string; by?: string };
  'sign-in refused': { address: string };
  'second step refused': { address: string };
  'present password refused': { address: string };
  'password changed': Nothing;
  'signed out everywhere': Nothing;
  'second step switched on': Nothing;
  'second step switched off': Nothing;
  'recovery codes renewed': Nothing;
  'token added': {
    id: number;
    scope: string;
    prefix: string;
    expires: string | null;
    site?: string;
  };
  'token revoked': { id: number; prefix: string };
}

interface ShopValues {
  /** Of the shop's price list, or of one subscriber. */
  'plan changed': Change<Values> | { kind: string; plan: number | null };
  'plan added': { after: Values };
  'plan moved': Change<{ place: number }>;
  'settings changed': Change<Record<string, string>>;
  'site added': Nothing;
  'site changed': { before: Values; after: object };
  'site removed': Nothing;
  'drawer opened': Money & { drawer: number };
  'drawer counted': { drawer: number };
  'backup taken': { bytes: number };
  'backup restored': { from: string };
  'books cleared': { backup: string; vouchers: number };
  'books could not be written': { since: string; message: string };
  'data of another program changed': Values;
  'alert cleared': { message: string };
  'notices set up': { changed: string[] };
  'test notice sent': Nothing;
  'webhook added': { url: string; events: readonly string[] | null };
  'webhook changed': { url: string; events: readonly string[] | null };
  'webhook removed': { url: string };
}

interface RouterValues {
  'router connected': { address: string; user: string };
  'router added': RouterLogin;
  'router changed': RouterLogin;
  'router removed': RouterLogin;
  'router repaired': { title: string };
  'router set up': { did: string };
  'router setup undone': { did: string };
  'router given a new portal address': { did: string };
  'portal address set': { address: string };
  'held changes confirmed': Nothing;
}

interface RouterLogin {
  host: string;
  port: number;
  username: string;
}

interface BillingValues {
  'subscriber added': Nothing;
  'subscriber edited': { changed: string[] };
  'subscriber suspended': { reason: string };
  'subscriber resumed': { reason: string };
  'plan assigned': { plan: string; price: number | null; from: string };
  'plan change planned': { change: number; plan: string | null; price: number | null; at: string };
  'plan change cancelled': { change: number };
  'cycle reset': Nothing;
  'charge added': { for: string; money: string };
  'credit note added': { for: string; money: string };
  'invoice made': { invoice: number; total: string };
  'billing rules changed': Change<BillingRules>;
  'payment source added': { id: number; gateway?: string };
  'payment source revoked': { id: number };
  'online payments opened': { id: number } & CheckoutSettings;
  'online payments closed': { id: number };
  'payment put aside': { report: string; reason: string };
}

interface CoinValues {
  'coin box paired': { box: number; hardware: string };
  /** What is not there stayed. */
  'coin box changed': { [K in 'plan' | 'site' | 'coins' | 'rates']?: string | undefined };
  'coin box removed': { box: number };
  'coins settled': { coins: string; to: string };
  'coins paid out': Money;
  'bought with coins': Money & { by: Mac; box: string };
}

/** What the router refused, with its answer. */
type RefusedValues = { [W in RouterWrite as `refused: ${W}`]: WriteValues[W] & { error: string } };

/** What is recorded with each kind. */
export interface AuditValues
  extends
    WriteValues,
    RefusedValues,
    VoucherValues,
    DeviceValues,
    StaffValues,
    ShopValues,
    RouterValues,
    BillingValues,
    CoinValues {}
export type AuditKind = keyof AuditValues;

/** What was done to whom or what, without who did it and when. */
export type Deed<K extends AuditKind = AuditKind> = {
  [Kind in K]: { what: Kind; subject: string; detail: AuditValues[Kind] };
}[K];

/** `who` is a person's name, a device, or `loop`. */
export type AuditEntry<K extends AuditKind = AuditKind> = Deed<K> & { at: Date; who: string };

/** A deed of one kind, with the values that go with it. */
export function deed<K extends AuditKind>(what: K, subject: string, detail: AuditValues[K]): Deed {
  return { what, subject, detail } as Deed;
}

/** A write that the router refused. @param error its answer */
export function refusedDeed({ what, subject, detail }: Deed<RouterWrite>, error: string): Deed {
  return { what: refusedKind(what), subject, detail: { ...detail, error } } as Deed;
}

function refusedKind<W extends RouterWrite>(write: W): `refused: ${W}` {
  return `refused: ${write}`;
}

export function isRouterWrite(kind: string): kind is RouterWrite {
  return (ROUTER_WRITES as readonly string[]).includes(kind);
}

/** What the router refused. */
export const REFUSED_KINDS: readonly string[] = [...REFUSED_WRITES.keys()];

/** What the router was to do, for an entry that says it refused; `undefined` for any other. */
export function refusedWrite(kind: string): RouterWrite | undefined {
  return REFUSED_WRITES.get(kind);
}
