import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock';
import type { Channel, SoundRules } from '../../domain/notices/notice-rules';
import { quietUntil } from '../../domain/notices/quiet-hours';
import { KEEP_EVENTS_MS, RETRIES, retryMs } from '../../domain/notices/retry';
import { logFailure, type Log } from '../../log';
import type { StoredEvent } from '../../store/notices/event-store';
import type { Subscription } from '../../store/notices/subscription-store';
import type { Stores } from '../../store/stores';
import type { ClockWitness } from '../shop/clock-witness';
import { deliveryChannels, type DeliveryChannel } from './urgent-and-quiet';
import { NotDelivered, type Shop } from './notice-senders';
import type { NoticeSettings } from './notice-settings';
import type { Webhooks } from './webhooks';
import { receiversOf, sendTo, type Outside, type Receiver } from './receivers';

const CHECK_MS = 1_000;
/** After this long, another process sends what a crashed one was sending. */
const CLAIM_MS = 120_000;
/** After this long with one receiver the settings are read again. */
const ROUND_MS = 10_000;
/** Events taken from the outbox at a time, and at most this many in one message. */
const MOST = 200;
/** After a message to people the next events collect for a while, or every customer would cause one. */
const GATHER_MS = 5 * 60_000;
const NOTICES_LOST = 'notices lost';
const SETTING_REFUSED = 'notice setting';

const UNREADABLE = 'What is stored for it cannot be read';

export interface DispatcherParts {
  stores: Stores;
  settings: NoticeSettings;
  clock: Clock;
  log: Log;
  shop: Shop;
  outside: Outside;
  witness: Pick<ClockWitness, 'isTrusted'>;
  webhooks: Pick<Webhooks, 'receivers'>;
}

/**
 * Carries events from the outbox to their receivers. Each receiver is separate: one that fails stops only
 * itself, and gets everything in order once it is back. Only what was accepted is marked as done, so a crash
 * repeats a delivery, with the same id, and never loses one.
 */
export class NoticeDispatcher {
  private readonly me = randomUUID();
  /** Subscriptions being delivered; one delivery at a time each. */
  private readonly busy = new Map<string, Promise<void>>();
  /** Settings that are not used, as shown in the alerts. */
  private refused: string | undefined;
  /** The last settings read, for when they cannot be. */
  private rules: SoundRules | undefined;

  private readonly stores: Stores;
  private readonly settings: NoticeSettings;
  private readonly clock: Clock;
  private readonly log: Log;

  constructor(private readonly parts: DispatcherParts) {
    ({ stores: this.stores, settings: this.settings, clock: this.clock, log: this.log } = parts);
  }

  /** Delivers until the signal; a message being sent is finished. */
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

  /** Starts delivering to every receiver not already in progress: a slow one does not delay the others. */
  private async begin(signal?: AbortSignal): Promise<Promise<void>[]> {
    const rules = await this.settings.rules();
    await this.tellRefused(rules.broken);
    const newest = await this.stores.events.newest();
    const known = await this.stores.subscriptions.all();
    this.rules = rules;
    const receivers = [...this.receiversOf(rules), ...(await this.parts.webhooks.receivers())];
    const resting = rules.resting.flatMap(deliveryChannels);
    await this.keepSubscriptions(receivers, resting, known, newest);
    for (const receiver of resting) await this.giveUpOld(receiver, known.get(receiver.name));
    return receivers.flatMap((receiver) => {
      const state = known.get(receiver.name);
      if (!state || state.eventId >= newest || this.busy.has(receiver.name)) return [];
      const sending = this.empty(receiver, state, rules, signal).finally(() => {
        this.busy.delete(receiver.name);
      });
      this.busy.set(receiver.name, sending);
      return [sending];
    });
  }

  /** Sends a greeting over one channel, whatever else waits. @throws NotDelivered, with the reason */
  async test(channel: Channel): Promise<void> {
    const receiver = this.receiversOf(await this.settings.rules()).find(
      (one) => one.channel === channel,
    );
    if (!receiver) throw new NotDelivered('That channel is not set up');
    const data = { message: `This is a test. Notices of ${this.parts.shop.name} arrive here.` };
    const event = { name: 'test', at: this.clock.now(), subject: '', data } as const;
    await sendTo(receiver, [{ ...event, id: 0, uid: randomUUID() }], this.clock);
  }

  /** The settings as they are, or as they were read last; `undefined` if they never were. */
  knownRules(): Promise<SoundRules | undefined> {
    return this.settings.rules().catch(() => this.rules);
  }

  private receiversOf(rules: SoundRules): Receiver[] {
    return receiversOf(rules, this.parts.shop, this.parts.outside);
  }

  /** Working channels tell the owner about those that are not. */
  private async tellRefused(broken: SoundRules['broken']): Promise<void> {
    const refused = broken.map(({ key, why }) => `${key} ${why.toString()}`).join('\n');
    if (refused === this.refused) return;
    const now = this.clock.now();
    await this.stores.outsideLoopState(async ({ journal }) => {
      const keys = broken.map(({ key }) => key);
      await journal.clearOthers(SETTING_REFUSED, keys, now);
      for (const { key, why } of broken) {
        const message = `The stored setting ${key} is not used: it ${why.toString()}. Set it up again under Notices in the admin.`;
        await journal.raise(SETTING_REFUSED, key, message, now);
      }
    });
    this.refused = refused;
  }

  /** New receivers begin now; those of removed channels end. A paused one keeps its place. */
  private async keepSubscriptions(
    receivers: readonly DeliveryChannel[],
    resting: readonly DeliveryChannel[],
    known: ReadonlyMap<string, Subscription>,
    newest: number,
  ): Promise<void> {
    const kept = [...receivers, ...resting];
    const begun = receivers.map(({ name }) => name).filter((name) => !known.has(name));
    const ended = [...known.keys()].filter(
      (name) => !kept.some((receiver) => receiver.name === name),
    );
    if (begun.length === 0 && ended.length === 0) return;
    await this.stores.outsideLoopState(async ({ subscriptions, journal }) => {
      for (const name of begun) await subscriptions.begin(name, newest);
      for (const name of ended) await subscriptions.end(name);
      // What an unused channel lost matters to nobody.
      const channels = kept.map(({ channel }) => channel);
      if (ended.length > 0) await journal.clearOthers(NOTICES_LOST, channels, this.clock.now());
    });
  }

  /** A paused receiver drops events past their maximum age, or they would pile up until it is set up. */
  private async giveUpOld(
    receiver: DeliveryChannel,
    state: Subscription | undefined,
  ): Promise<void> {
    if (!state || this.busy.has(receiver.name)) return;
    const now = this.clock.now();
    const tooOld = new Date(now.getTime() - KEEP_EVENTS_MS);
    const [first] = await this.stores.events.after(state.eventId, 1);
    if (!first || first.at >= tooOld || !(await this.parts.witness.isTrusted(now))) return;
    const waiting = await this.stores.events.after(state.eventId, MOST);
    const newer = waiting.findIndex(({ at }) => at >= tooOld);
    const old = newer < 0 ? waiting : waiting.slice(0, newer);
    // A channel need not report that one of its own settings is not used.
    const isLost = old.some((event) => receiver.wants(event) && event.subject !== SETTING_REFUSED);
    await this.stores.outsideLoopState(async ({ subscriptions, journal }) => {
      const until = new Date(now.getTime() + CLAIM_MS);
      if (!(await subscriptions.claim(state, this.me, now, until))) return;
      const eventId = old.at(-1)!.id;
      // As after a failure: the next accepted message ends it.
      const failure = { attempts: state.attempts + 1, lastError: UNREADABLE, nextAt: null };
      await subscriptions.finish({ ...state, eventId, ...(isLost ? failure : {}) }, this.me);
      if (!isLost) return;
      const message = `Notices by ${receiver.channel} waited for a month and are given up. ${UNREADABLE}. See Notices in the admin.`;
      await journal.raise(NOTICES_LOST, receiver.channel, message, now);
    });
  }

  private async empty(
    receiver: Receiver,
    known: Subscription,
    rules: SoundRules,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let state: Subscription | undefined = known;
    const until = this.clock.elapsedMs() + ROUND_MS;
    while (state && !signal?.aborted && this.clock.elapsedMs() < until) {
      state = await this.step(receiver, state, rules);
    }
  }

  /** One message. @returns the receiver's new state; `undefined` when there is nothing to do just now */
  private async step(
    receiver: Receiver,
    state: Subscription,
    { quiet }: SoundRules,
  ): Promise<Subscription | undefined> {
    const now = this.clock.now();
    if (state.nextAt && state.nextAt > now && !isFarOff(state.nextAt, now)) return undefined;
    if (receiver.isQuiet && quietUntil(quiet, now, this.parts.shop.timeZone)) return undefined;
    const events = await this.stores.events.after(state.eventId, MOST);
    const wanted = events.filter((event) => receiver.wants(event));
    const last = events.at(-1);
    if (!last) return undefined;
    if (wanted.length === 0) {
      await this.stores.outsideLoopState(({ subscriptions }) =>
        subscriptions.skip(receiver.name, state.eventId, last.id),
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
      told = await sendTo(receiver, wanted, this.clock);
    } catch (error) {
      await this.failed(receiver, state, wanted[0]!, error);
      return undefined;
    }
    const isAll = told >= wanted.length;
    const eventId = isAll ? last.id : wanted[told - 1]!.id;
    return this.delivered(receiver, state, eventId, isAll && receiver.isQuiet);
  }

  private async delivered(
    receiver: Receiver,
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
      if (state.attempts > 0) await journal.clear(NOTICES_LOST, receiver.channel, now);
      return subscriptions.finish(next, this.me);
    });
    return isOurs ? next : undefined;
  }

  private async failed(
    receiver: Receiver,
    state: Subscription,
    event: StoredEvent,
    error: unknown,
  ): Promise<void> {
    if (!(error instanceof NotDelivered)) logFailure(this.log, error, 'a notice broke');
    const now = this.clock.now();
    const reason = error instanceof NotDelivered ? error.message : 'Something went wrong inside';
    const attempts = state.attempts + 1;
    const { failingSince } = state;
    // Nobody can have been failing since tomorrow: the clock was set back in between.
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
    if (attempts === 1)
      this.log.warn({ receiver: receiver.name, reason }, 'a notice was not taken');
    await this.stores.outsideLoopState(async ({ subscriptions, journal, events }) => {
      const eventId = isLost ? await events.lastBefore(tooOld, state.eventId) : state.eventId;
      await subscriptions.finish({ ...next, eventId }, this.me);
      if (!isLost) return;
      const message = `Notices by ${receiver.channel} did not get through for three days and are given up. ${reason}. See Notices in the admin.`;
      await journal.raise(NOTICES_LOST, receiver.channel, message, now);
    });
  }
}

/** A date that no retry and no collecting would give: the clock was set back since. */
function isFarOff(at: Date, now: Date): boolean {
  return at.getTime() - now.getTime() > RETRIES.longestMs + GATHER_MS;
}
