import type { Knex } from 'knex';
import type { EventName } from '../../domain/notices/event';

/** A program that is told of events. */
export interface Webhook {
  id: number;
  url: string;
  /** Which; `null` is all of them. */
  events: EventName[] | null;
  salt: string;
  madeBy: string;
  madeAt: Date;
}

interface WebhookRow {
  id: number;
  url: string;
  events: string | null;
  salt: string;
  made_by: string;
  made_at: string;
}

export class WebhookStore {
  constructor(private readonly db: Knex) {}

  async add({ url, events, salt, madeBy, madeAt }: Omit<Webhook, 'id'>): Promise<number> {
    const [row] = await this.db('webhooks')
      .insert({
        ...{ url, salt, events: events && JSON.stringify(events) },
        ...{ made_by: madeBy, made_at: madeAt.toISOString() },
      })
      .returning<{ id: number }[]>('id');
    return row!.id;
  }

  /** In the order in which they were added. */
  async list(): Promise<Webhook[]> {
    const rows: WebhookRow[] = await this.db('webhooks').orderBy('id');
    return rows.map(toWebhook);
  }

  async find(id: number): Promise<Webhook | undefined> {
    const row: WebhookRow | undefined = await this.db('webhooks').where({ id }).first();
    return row && toWebhook(row);
  }

  async change(id: number, { url, events }: Pick<Webhook, 'url' | 'events'>): Promise<void> {
    await this.db('webhooks')
      .where({ id })
      .update({ url, events: events && JSON.stringify(events) });
  }

  async remove(id: number): Promise<void> {
    await this.db('webhooks').where({ id }).delete();
  }
}

function toWebhook({ id, url, events, salt, made_by, made_at }: WebhookRow): Webhook {
  return {
    ...{ id, url, salt, madeBy: made_by, madeAt: new Date(made_at) },
    events: events === null ? null : (JSON.parse(events) as EventName[]),
  };
}
