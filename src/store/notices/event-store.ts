import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { EventName, ShopEvent } from '../../domain/notices/event';
import { bulkInsert, deleteSome } from '../database/bulk';

/** An event in the outbox. */
export interface StoredEvent extends ShopEvent {
  id: number;
  /** Its id for receivers: the same however often it is sent. */
  uid: string;
}

interface EventRow {
  id: number;
  uid: string;
  name: string;
  at: string;
  subject: string;
  data: string;
}

/** The outbox. Rows are added in the transaction of the change they announce. */
export class EventStore {
  constructor(private readonly db: Knex) {}

  async add(events: readonly ShopEvent[]): Promise<void> {
    await bulkInsert(
      this.db,
      'events',
      { uid: 'text', name: 'text', at: 'text', subject: 'text', data: 'text' },
      events.map(({ name, at, subject, data }) => [
        randomUUID(),
        name,
        at.toISOString(),
        subject,
        JSON.stringify(data),
      ]),
    );
  }

  /** The newest event's id; 0 when there is none. */
  async newest(): Promise<number> {
    const rows = await this.db('events').max<{ id: number | null }[]>({ id: 'id' });
    return rows[0]?.id ?? 0;
  }

  /**
   * The last of the events after this one that are all older than a time. A single later event dated by a
   * wrong clock does not take the newer ones before it along.
   */
  async lastBefore(time: Date, after: number): Promise<number> {
    const rows = await this.db('events')
      .where('id', '>', after)
      .where('at', '>=', time.toISOString())
      .min<{ id: number | null }[]>({ id: 'id' });
    const next = rows[0]?.id;
    return next ? next - 1 : this.newest();
  }

  /** What happened after this event, oldest first. */
  async after(id: number, most: number): Promise<StoredEvent[]> {
    return toEvents(await this.db('events').where('id', '>', id).orderBy('id').limit(most));
  }

  async countAfter(id: number): Promise<number> {
    const rows = await this.db('events')
      .where('id', '>', id)
      .count<{ count: number | string }[]>({ count: '*' });
    return Number(rows[0]?.count ?? 0);
  }

  /** The latest events of a name since then, newest first. */
  async latest(name: EventName, since: Date, most: number): Promise<StoredEvent[]> {
    return toEvents(
      await this.db('events')
        .where({ name })
        .where('at', '>=', since.toISOString())
        .orderBy('id', 'desc')
        .limit(most),
    );
  }

  /**
   * Lets go of events that happened before then, so many at a time. One that a receiver is not done
   * with stays, and so does the newest, so that ids never come again. @returns whether there may be more
   */
  async forget(before: Date, most: number): Promise<boolean> {
    const newest = await this.newest();
    return deleteSome(this.db, 'events', ['id'], most, (old) => {
      const waiting = this.db('notice_lines').whereRaw('notice_lines.event_id < events.id');
      void old
        .where('at', '<', before.toISOString())
        .where('id', '<', newest)
        .whereNotExists(waiting);
    });
  }
}

function toEvents(rows: readonly EventRow[]): StoredEvent[] {
  return rows.map(({ id, uid, name, at, subject, data }) => ({
    id,
    uid,
    name: name as EventName,
    at: new Date(at),
    subject,
    data: JSON.parse(data) as Record<string, unknown>,
  }));
}
