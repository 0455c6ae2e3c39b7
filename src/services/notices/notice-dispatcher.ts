import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock';
import { CHANNELS, type Channel, type SoundRules } from '../../domain/notices/notice-rules';
import type { ShopEvent } from '../../domain/notices/event';
import { quietUntil } from '../../domain/notices/quiet-hours';
import { KEEP_EVENTS_MS, RETRIES, retryMs } from '../../domain/notices/retry';
import { logFailure, type Log } from '../../log';
import type { StoredEvent } from '../../store/notices/event-store';
import type { Subscription } from '../../store/notices/subscription-store';
import type { Stores } from '../../store/stores';
import type { ClockWitness } from '../shop/clock-witness';
import { deliveryChannels, type DeliveryChannel } from './delivery-channels';
import { mail, NotDelivered, telegram, webhook, type Send, type Shop } from './notice-senders';
import type { NoticeSettings } from './notice-settings';
import type { Post } from './outward-post';

const CHECK_MS = 1_000;
/** What a process that died was sending is sent by another one then. */
const CLAIM_MS = 120_000;
/** A sending that takes longer is broken off, well before others may take it over. */
const SEND_MS = 60_000;
/** After this long with one line the settings are read again. */
const ROUND_MS = 10_000;
/** Events taken from the outbox at a time, and at most that many in one message. */
const MOST = 200;
/** After a message to people the next ones gather for a while, or every customer would make one. */
const GATHER_MS = 5 * 60_000;
const NOTICES_LOST = 'notices lost';
const SETTING_REFUSED = 'notice setting';

const UNREADABLE = 'What is stored for it cannot be read';

/** A line that can be sent on. */
interface Line extends DeliveryChannel {
  send: Send;
}

export interface DispatcherParts {
  stores: Stores;
  settings: NoticeSettings;
  clock: Clock;
  log: Log;
  shop: Shop;
  /** Where Telegram is, and the way out to receivers. */
  outside: { telegram: string; post: Post };
  witness: Pick<ClockWitness, 'isTrusted'>;
}

/**
 * Carries events from the outbox to their receivers. Each line goes by itself: a receiver that fails stops
 * its own line only, and gets everything in order once it is back. Only what was taken is crossed off, so
 * that a crash repeats a delivery, under the same name, and never loses one.
 */
export class NoticeDispatcher {
  private readonly me = randomUUID();
  /** Lines that are being emptied; one at a time each. */
  private readonly busy = new Map<string, Promise<void>>();
  /** Settings that are not used, as the alerts have them. */
  private refused: string | undefined;
  /** As they were last read, for when they cannot be. */
  private rules: SoundRules | undefined;

  private readonly stores: Stores;
  private readonly settings: NoticeSettings;
  private readonly clock: Clock;
  private readonly log: Log;

  constructor(private readonly parts: DispatcherParts) {
    ({ stores: this.stores, settings: this.settings, clock: this.clock, log: this.log } = parts);
  }

  /** Delivers until the signal; what is being sent is sent to the end. */
  async run(signal: AbortSignal): Promise<void> {
    const note = (error: unknown) => {
      logFailure(this.log, error, 'notices could not be looked after');
    };
    while (!signal.aborted) {
      try {
        for (const sending of await this.begin(signal)) void sending.catch(note);
      } catch (error) {
        note(error);
      }
      await this.clock.wait(CHECK_MS, signal);
    }
    await Promise.allSettled(this.busy.values());
  }

  /** Sends everything that is due now. */
  async deliver(): Promise<void> {
    await Promise.all(await this.begin());
  }

  /** Begins to empty every line that is not under way still: a slow receiver holds nobody else back. */
  private async begin(signal?: AbortSignal): Promise<Promise<void>[]> {
    const rules = await this.settings.rules();
    await this.tellRefused(rules.broken);
    const newest = await this.stores.events.newest();
    const known = await this.stores.subscriptions.all();
    this.rules = rules;
    const lines = this.linesOf(rules);
    const resting = rules.resting.flatMap(deliveryChannels);
    await this.keepLines(lines, resting, known, newest);
    for (const line of resting) await this.giveUpOld(line, known.get(line.name));
    return lines.flatMap((line) => {
      const state = known.get(line.name);
      if (!state || state.eventId >= newest || this.busy.has(line.name)) return [];
      const sending = this.empty(line, state, rules, signal).finally(() => {
        this.busy.delete(line.name);
      });
      this.busy.set(line.name, sending);
      return [sending];
    });
  }

  /** Says hello over one channel, whatever waits. @throws NotDelivered, with why */
  async test(channel: Channel): Promise<void> {
    const line = this.linesOf(await this.settings.rules()).find((one) => one.channel === channel);
    if (!line) throw new NotDelivered('That channel is not set up');
    const data = { message: `This is a test. Notices of ${this.parts.shop.name} arrive here.` };
    const event = { name: 'test', at: this.clock.now(), subject: '', data } as const;
    await this.send(line, [{ ...event, id: 0, uid: randomUUID() }]);
  }

  /**
   * Tells one thing past the outbox, which the books cannot keep just now.
   * @param told the channels that have it already; added to
   * @param signal ends the program: what is being sent is given up
   * @returns whether every channel has it
   */
  async tellNow(
    event: ShopEvent & { uid: string },
    told: Set<Channel>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const rules = await this.settings.rules().catch(() => this.rules);
    const lines = rules ? this.linesOf(rules) : [];
    const stored = { ...event, id: 0 };
    const open = lines.filter((line) => line.wants(stored) && !told.has(line.channel));
    const sent = open.map(async (line) => {
      try {
        await this.send(line, [stored], signal);
        told.add(line.channel);
        return true;
      } catch (error) {
        const reason = error instanceof NotDelivered ? error.message : String(error);
        this.log.warn({ line: line.name, reason }, 'a notice was not taken');
        return false;
      }
    });
    return (await Promise.all(sent)).every(Boolean);
  }

  private linesOf({ webhook: hook, mail: letters, telegram: chat }: SoundRules): Line[] {
    const { telegram: base, post } = this.parts.outside;
    const senders: Record<Channel, Send | null> = {
      webhook: hook && webhook(hook, this.parts.shop, post),
      mail: letters && mail(letters, this.parts.shop),
      telegram: chat && telegram(chat, this.parts.shop, base, post),
    };
    return CHANNELS.flatMap((channel) => {
      const send = senders[channel];
      return send ? deliveryChannels(channel).map((line) => ({ ...line, send })) : [];
    });
  }

  /** Channels that are set up well carry it to the owner, for those that are not. */
  private async tellRefused(broken: SoundRules['broken']): Promise<void> {
    const refused = broken.map(({ key, why }) => `${key} ${why}`).join('\n');
    if (refused === this.refused) return;
    const now = this.clock.now();
    await this.stores.outsideLoopState(async ({ journal }) => {
      const keys = broken.map(({ key }) => key);
      await journal.clearOthers(SETTING_REFUSED, keys, now);
      for (const { key, why } of broken) {
        const message = `The stored setting ${key} is not used: it ${why}. Set it up again under Notices in the admin.`;
        await journal.raise(SETTING_REFUSED, key, message, now);
      }
    });
    this.refused = refused;
  }

  /**
   * New lines begin now; those of channels that are not set up any more end. One that rests keeps its place.
   */
  private async keepLines(
    lines: readonly DeliveryChannel[],
    resting: readonly DeliveryChannel[],
    known: ReadonlyMap<string, Subscription>,
    newest: number,
  ): Promise<void> {
    const kept = [...lines, ...resting];
    const begun = lines.map(({ name }) => name).filter((name) => !known.has(name));
    const ended = [...known.keys()].filter((name) => !kept.some((line) => line.name === name));
    if (begun.length === 0 && ended.length === 0) return;
    await this.stores.outsideLoopState(async ({ subscriptions, journal }) => {
      for (const name of begun) await subscriptions.begin(name, newest);
      for (const name of ended) await subscriptions.end(name);
      // What a channel lost that nobody uses any more is nobody's trouble.
      const channels = kept.map(({ channel }) => channel);
      if (ended.length > 0) await journal.clearOthers(NOTICES_LOST, channels, this.clock.now());
    });
  }

  /** A line that rests lets go of what is as old as events become, or they would pile up until it is set up. */
  private async giveUpOld(line: DeliveryChannel, state: Subscription | undefined): Promise<void> {
    if (!state || this.busy.has(line.name)) return;
    const now = this.clock.now();
    const tooOld = new Date(now.getTime() - KEEP_EVENTS_MS);
    const [first] = await this.stores.events.after(state.eventId, 1);
    if (!first || first.at >= tooOld || !(await this.parts.witness.isTrusted(now))) return;
    const waiting = await this.stores.events.after(state.eventId, MOST);
    const newer = waiting.findIndex(({ at }) => at >= tooOld);
    const old = newer < 0 ? waiting : waiting.slice(0, newer);
    // That a setting of its own is not used need not be told by it.
    const isLost = old.some((event) => line.wants(event) && event.subject !== SETTING_REFUSED);
    await this.stores.outsideLoopState(async ({ subscriptions, journal }) => {
      const until = new Date(now.getTime() + CLAIM_MS);
      if (!(await subscriptions.claim(state, this.me, now, until))) return;
      const eventId = old.at(-1)!.id;
      // As after a failure: the next one that is taken says that it is over.
      const failure = { attempts: state.attempts + 1, lastError: UNREADABLE, nextAt: null };
      await subscriptions.finish({ ...state, eventId, ...(isLost ? failure : {}) }, this.me);
      if (!isLost) return;
      const message = `Notices by ${line.channel} waited for a month and are given up. ${UNREADABLE}. See Notices in the admin.`;
      await journal.raise(NOTICES_LOST, line.channel, message, now);
    });
  }

  private async empty(
    line: Line,
    known: Subscription,
    rules: SoundRules,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let state: Subscription | undefined = known;
    const until = this.clock.elapsedMs() + ROUND_MS;
    while (state && !signal?.aborted && this.clock.elapsedMs() < until) {
      state = await this.step(line, state, rules);
    }
  }

  /** One message. @returns how the line stands then; `undefined` when there is nothing to do just now */
  private async step(
    line: Line,
    state: Subscription,
    { quiet }: SoundRules,
  ): Promise<Subscription | undefined> {
    const now = this.clock.now();
    if (state.nextAt && state.nextAt > now && !isFarOff(state.nextAt, now)) return undefined;
    if (line.isQuiet && quietUntil(quiet, now, this.parts.shop.timeZone)) return undefined;
    const events = await this.stores.events.after(state.eventId, MOST);
    const wanted = events.filter((event) => line.wants(event));
    const last = events.at(-1);
    if (!last) return undefined;
    if (wanted.length === 0) {
      await this.stores.outsideLoopState(({ subscriptions }) =>
        subscriptions.skip(line.name, state.eventId, last.id),
      );
      return { ...state, eventId: last.id };
    }
    const until = new Date(now.getTime() + CLAIM_MS);
    const isOurs = await this.stores.outsideLoopState(({ subscriptions }) =>
      subscriptions.claim(state, this.me, now, until),
    );
    if (!isOurs) return undefined;
    let told: number;
    try {
      told = await this.send(line, wanted);
    } catch (error) {
      await this.failed(line, state, wanted[0]!, error);
      return undefined;
    }
    const isAll = told >= wanted.length;
    const eventId = isAll ? last.id : wanted[told - 1]!.id;
    return this.delivered(line, state, eventId, isAll && line.isQuiet);
  }

  private async send(
    line: Line,
    wanted: readonly StoredEvent[],
    signal?: AbortSignal,
  ): Promise<number> {
    const deadline = new AbortController();
    const done = new AbortController();
    void this.clock.wait(SEND_MS, done.signal).then(() => deadline.abort());
    try {
      const signals = signal ? [deadline.signal, signal] : [deadline.signal];
      return await line.send(wanted, AbortSignal.any(signals));
    } finally {
      done.abort();
    }
  }

  private async delivered(
    line: Line,
    state: Subscription,
    eventId: number,
    gathers: boolean,
  ): Promise<Subscription | undefined> {
    const now = this.clock.now();
    const next: Subscription = {
      ...state,
      eventId,
      attempts: 0,
      nextAt: gathers ? new Date(now.getTime() + GATHER_MS) : null,
      lastError: null,
      failingSince: null,
      sentAt: now,
    };
    const isOurs = await this.stores.outsideLoopState(async ({ subscriptions, journal }) => {
      if (state.attempts > 0) await journal.clear(NOTICES_LOST, line.channel, now);
      return subscriptions.finish(next, this.me);
    });
    return isOurs ? next : undefined;
  }

  private async failed(
    line: Line,
    state: Subscription,
    event: StoredEvent,
    error: unknown,
  ): Promise<void> {
    if (!(error instanceof NotDelivered)) logFailure(this.log, error, 'a notice broke');
    const now = this.clock.now();
    const reason = error instanceof NotDelivered ? error.message : 'Something went wrong inside';
    const attempts = state.attempts + 1;
    const { failingSince } = state;
    // Nobody has been failing since tomorrow: the clock was set back meanwhile.
    const since = failingSince && failingSince <= now ? failingSince : now;
    const next: Subscription = {
      ...state,
      attempts,
      nextAt: new Date(now.getTime() + retryMs(attempts)),
      lastError: reason,
      failingSince: since,
    };
    const tooOld = new Date(now.getTime() - RETRIES.giveUpMs);
    const isLost = event.at < tooOld && since < tooOld && (await this.parts.witness.isTrusted(now));
    if (attempts === 1) this.log.warn({ line: line.name, reason }, 'a notice was not taken');
    await this.stores.outsideLoopState(async ({ subscriptions, journal, events }) => {
      const eventId = isLost ? await events.lastBefore(tooOld, state.eventId) : state.eventId;
      await subscriptions.finish({ ...next, eventId }, this.me);
      if (!isLost) return;
      const message = `Notices by ${line.channel} did not get through for three days and are given up. ${reason}. See Notices in the admin.`;
      await journal.raise(NOTICES_LOST, line.channel, message, now);
    });
  }
}

/** A date that no retry and no gathering would give: the clock was set back since. */
function isFarOff(at: Date, now: Date): boolean {
  return at.getTime() - now.getTime() > RETRIES.longestMs + GATHER_MS;
}
