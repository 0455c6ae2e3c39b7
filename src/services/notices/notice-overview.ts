import type { Clock } from '../../clock';
import { CHANNELS, type BrokenSetting, type Channel } from '../../domain/notices/notice-rules';
import { InvalidInput } from '../../errors';
import type { StoredEvent } from '../../store/notices/event-store';
import type { Stores } from '../../store/stores';
import type { NoticeDispatcher } from './notice-dispatcher';
import { NotDelivered } from './notice-senders';
import type { NoticeSettings, ShownSetting, TypedNotices } from './notice-settings';

/** The state of one channel. */
export interface ChannelState {
  channel: Channel;
  isSetUp: boolean;
  /** Events in the outbox that its receiver has not got yet, including those it does not want. */
  waiting: number;
  sentAt: Date | null;
  /** Why the last attempt failed, or why there was none; `null` when all is well. */
  trouble: string | null;
  failingSince: Date | null;
  nextAt: Date | null;
}

const BROKEN = 'what is stored for it cannot be read, so it waits: set it up again';
const QUOTA_RECENT_MS = 86_400_000;

/** What the owner does with notices: set them up, test them, and see what waits. */
export class NoticeOverview {
  constructor(
    private readonly stores: Stores,
    private readonly settings: NoticeSettings,
    private readonly dispatcher: NoticeDispatcher,
    private readonly clock: Clock,
  ) {}

  /** What happened after this event, oldest first. */
  eventsAfter(id: number, most: number): Promise<StoredEvent[]> {
    return this.stores.events.after(id, most);
  }

  async shown(): Promise<ShownSetting[]> {
    return this.settings.shown();
  }

  /** As in `NoticeSettings`. */
  mailServer(): ReturnType<NoticeSettings['mailServer']> {
    return this.settings.mailServer();
  }

  /** What is stored and not used, and what is wrong with it: another version accepted it. */
  async broken(): Promise<readonly BrokenSetting[]> {
    return (await this.settings.rules()).broken;
  }

  /** @throws InvalidInput with a line for each value that cannot be used; nothing is changed then */
  async save(typed: TypedNotices, by: string): Promise<void> {
    await this.settings.save(typed, by);
  }

  async channels(): Promise<ChannelState[]> {
    const rules = await this.settings.rules();
    const subscriptions = await this.stores.subscriptions.all();
    return Promise.all(
      CHANNELS.map(async (channel) => {
        const own = [subscriptions.get(channel), subscriptions.get(`${channel}, urgent`)].filter(
          (one) => one !== undefined,
        );
        const failing = own.find(({ attempts }) => attempts > 0);
        const from = Math.min(...own.map(({ eventId }) => eventId));
        const isSetUp = rules[channel] !== null;
        return {
          channel,
          isSetUp,
          waiting: isSetUp && own.length > 0 ? await this.stores.events.countAfter(from) : 0,
          sentAt: latest(own.map(({ sentAt }) => sentAt)),
          trouble: rules.resting.includes(channel) ? BROKEN : (failing?.lastError ?? null),
          failingSince: failing?.failingSince ?? null,
          nextAt: failing?.nextAt ?? null,
        };
      }),
    );
  }

  /** Sends a test notice. @returns why it did not arrive, in words; `undefined` when it was accepted */
  async test(name: string, by: string): Promise<string | undefined> {
    const channel = CHANNELS.find((one) => one === name);
    if (!channel) throw new InvalidInput('There is no such channel');
    const at = this.clock.now();
    try {
      await this.dispatcher.test(channel);
    } catch (error) {
      if (error instanceof NotDelivered) return error.message;
      throw error;
    }
    await this.stores.journal.audit([
      { at, who: by, what: 'test notice sent', subject: channel, detail: {} },
    ]);
    return undefined;
  }

  /** Vouchers that reached a threshold of their plan in the last day, newest first. */
  async recentQuotas(most: number): Promise<StoredEvent[]> {
    const since = new Date(this.clock.now().getTime() - QUOTA_RECENT_MS);
    return this.stores.events.latest('quota.reached', since, most);
  }
}

function latest(dates: readonly (Date | null)[]): Date | null {
  return dates.reduce((last, date) => (date && (!last || date > last) ? date : last), null);
}
