import type { TimeGiven } from '../../../domain/loop/assess';
import type { AuditEntry } from '../../../domain/shop/audit-entry';
import type { OnlineMeter } from '../../../domain/loop/time/online-time-credit';
import {
  pausedDuring,
  type Credit,
  type Credited,
  type Span,
} from '../../../domain/loop/time/outage';
import { formatDuration } from '../../../domain/units';
import type { Voucher } from '../../../domain/vouchers/voucher';
import type { OutageKind } from '../../../store/router/outage-store';
import type { Stores } from '../../../store/stores';

/** Vouchers that got time back; `keep` writes what belongs with that, in the same transaction. */
export interface TimeKept extends TimeGiven {
  vouchers: readonly Voucher[];
  keep(stores: Stores): Promise<void>;
}

const NAMES: Record<OutageKind, string> = { router: 'router', wan: 'internet line' };
/** How it is recorded that time was given back, and that too much was. */
const TIME = ['time given back', 'time taken again: more than was lost'] as const;
const ONLINE_TIME = [
  'online time given back',
  'online time taken again: more than was lost',
] as const;
type TimeKind = (typeof TIME | typeof ONLINE_TIME)[number];

/** One outage at this round. */
export interface Case {
  kind: OutageKind;
  span: Span;
  isOver: boolean;
  id: number | undefined;
  settled: ReadonlyMap<string, Credited>;
  /** Only for the uplink: while the router is down, nobody's online time is counted. */
  online?: Pick<OnlineMeter, 'startedMs' | 'creditedMs'>;
}

/** What a round gave back for one outage. */
export interface Given {
  credits: readonly Credit[];
  online: readonly Credit[];
  /** For an outage that begins: online time used so far, ms by code. */
  startedMs: ReadonlyMap<string, number>;
}

/** Writes an outage, as of this round, and what it gave back to the books and the audit. */
export async function keepCase(
  { outages, journal }: Stores,
  routerId: number,
  { kind, span, isOver, id: known, settled, online: before }: Case,
  { credits, online, startedMs }: Given,
  at: Date,
): Promise<void> {
  const id = known ?? (await outages.begin(routerId, kind, span.from, at));
  if (isOver) await outages.end(id, span);
  else await outages.move(id, span.from);
  if (known === undefined) await outages.noteOnline(id, startedMs);
  await outages.credit(id, credits);
  await outages.creditOnline(id, online);
  const times = { from: span.from.toISOString(), to: span.to.toISOString() };
  const lines = (given: readonly Credit[], [added, taken]: readonly [TimeKind, TimeKind]) =>
    given.map(({ code, ms }): AuditEntry => {
      const time = lengthText(Math.abs(ms));
      const detail = { time, for: `${NAMES[kind]} down`, ...times };
      return { at, who: 'loop', what: ms > 0 ? added : taken, subject: code, detail };
    });
  await journal.audit([...lines(credits, TIME), ...lines(online, ONLINE_TIME)]);
  if (!isOver) return;
  await outages.tidy(id);
  const sums = new Map<string, number>();
  const add = (code: string, ms: number) => sums.set(code, (sums.get(code) ?? 0) + ms);
  for (const [code, { creditedMs }] of settled) add(code, creditedMs);
  for (const [code, ms] of before?.creditedMs ?? []) add(code, ms);
  for (const { code, ms } of [...credits, ...online]) add(code, ms);
  const vouchers = [...sums.values()].filter((ms) => ms > 0).length;
  const lasted = lengthText(span.to.getTime() - span.from.getTime());
  const detail = { lasted, ...times, vouchers };
  await journal.audit([{ at, who: 'loop', what: 'outage', subject: NAMES[kind], detail }]);
}

/**
 * Records how long resumed clocks were stopped: their vouchers lost less in outages that are not over.
 * @param changed vouchers as they are now; the others are unchanged
 */
export async function keepPaused(
  { outages }: Stores,
  were: ReadonlyMap<string, Voucher>,
  changed: readonly Voucher[],
  at: Date,
): Promise<void> {
  const wentOn = changed.filter(({ code, stoppedAt }) => !stoppedAt && were.get(code)?.stoppedAt);
  if (wentOn.length === 0) return;
  for (const { id, routerId, from } of await outages.open()) {
    const past = (await outages.past(routerId, from)).map(({ span }) => span);
    const stood = wentOn.map((voucher) => ({
      code: voucher.code,
      ms: pausedDuring({ from, to: at }, were.get(voucher.code), voucher, past),
    }));
    await outages.paused(
      id,
      stood.filter(({ ms }) => ms > 0),
    );
  }
}

function lengthText(ms: number): string {
  return formatDuration(Math.round(ms / 1000));
}
