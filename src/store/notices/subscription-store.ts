import type { Knex } from 'knex';

/** How far delivery to one receiver has come, and how it goes. */
export interface Subscription {
  name: string;
  /** Everything up to this event is delivered. */
  eventId: number;
  /** Failures in a row. */
  attempts: number;
  /** The next try, if it has to wait. */
  nextAt: Date | null;
  lastError: string | null;
  failingSince: Date | null;
  sentAt: Date | null;
}

interface LineRow {
  name: string;
  event_id: number;
  attempts: number;
  next_at: string | null;
  last_error: string | null;
  failing_since: string | null;
  sent_at: string | null;
}

export class SubscriptionStore {
  constructor(private readonly db: Knex) {}

  async all(): Promise<Map<string, Subscription>> {
    const rows: LineRow[] = await this.db('notice_lines');
    return new Map(rows.map((row) => [row.name, toSubscription(row)]));
  }

  /** A subscription begins with what happens from now on. */
  async begin(name: string, eventId: number): Promise<void> {
    await this.db('notice_lines').insert({ name, event_id: eventId }).onConflict('name').ignore();
  }

  /** A channel that is not in use has missed nothing when it comes back. */
  async end(name: string): Promise<void> {
    await this.db('notice_lines').where({ name }).delete();
  }

  /**
   * Takes the right to send what comes after `eventId`. True for one process, and only where the subscription
   * stands as it was read: the condition is part of the update. A claim whose holder died runs out.
   */
  async claim(subscription: Subscription, by: string, now: Date, until: Date): Promise<boolean> {
    const claimed = await this.db('notice_lines')
      .where({
        name: subscription.name,
        event_id: subscription.eventId,
        attempts: subscription.attempts,
        next_at: subscription.nextAt?.toISOString() ?? null,
      })
      .where((free) =>
        free
          .whereNull('claimed_by')
          .orWhere('claimed_by', by)
          .orWhere('claimed_until', '<=', now.toISOString())
          // Nobody claims for this long: the clock was set back since.
          .orWhere(
            'claimed_until',
            '>',
            new Date(2 * until.getTime() - now.getTime()).toISOString(),
          ),
      )
      .update({ claimed_by: by, claimed_until: until.toISOString() });
    return claimed === 1;
  }

  /** Ends a claim with what came of it. False when another process had taken it over meanwhile. */
  async finish(subscription: Subscription, by: string): Promise<boolean> {
    const settled = await this.db('notice_lines')
      .where({ name: subscription.name, claimed_by: by })
      .update({
        event_id: subscription.eventId,
        attempts: subscription.attempts,
        next_at: subscription.nextAt?.toISOString() ?? null,
        last_error: subscription.lastError,
        failing_since: subscription.failingSince?.toISOString() ?? null,
        sent_at: subscription.sentAt?.toISOString() ?? null,
        claimed_by: null,
        claimed_until: null,
      });
    return settled === 1;
  }

  /** Nothing in between was for this subscription. */
  async skip(name: string, from: number, to: number): Promise<void> {
    await this.db('notice_lines').where({ name, event_id: from }).update({ event_id: to });
  }

  /**
   * Failed deliveries are retried at once, since a setting that may have caused the failure was changed.
   */
  async hurry(): Promise<void> {
    await this.db('notice_lines').where('attempts', '>', 0).update({ next_at: null });
  }
}

function toSubscription(row: LineRow): Subscription {
  const date = (text: string | null) => (text === null ? null : new Date(text));
  return {
    name: row.name,
    eventId: row.event_id,
    attempts: row.attempts,
    nextAt: date(row.next_at),
    lastError: row.last_error,
    failingSince: date(row.failing_since),
    sentAt: date(row.sent_at),
  };
}
