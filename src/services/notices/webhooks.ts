import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import type { EventName } from '../../domain/notices/event';
import { parseWebhook } from '../../domain/notices/notice-rules';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { SecretKey } from '../../store/database/secret-key';
import type { Subscription } from '../../store/notices/subscription-store';
import type { Webhook } from '../../store/notices/webhook-store';
import type { Stores } from '../../store/stores';
import { webhook as webhookTo, type Shop } from './notice-senders';
import type { Outside, Receiver } from './receivers';
import { say } from '../../text';

/** Each is asked about every second, and has what waits for it. */
const MOST = 20;
const SALT_BYTES = 16;

/** What may be said of one. */
export interface WebhookDraft {
  url: string;
  /** Which events; `null` is all of them. */
  events: EventName[] | null;
}

/** One with how its delivery goes; nothing before its first message was due. */
export interface ShownWebhook extends Webhook {
  delivery: Subscription | undefined;
}

/** Programs that are told of events, each with a secret of its own and its own place among the events. */
export class Webhooks {
  constructor(
    private readonly stores: Stores,
    private readonly secrets: Pick<SecretKey, 'derive'>,
    private readonly clock: Clock,
    private readonly shop: Shop,
    private readonly outside: Pick<Outside, 'post'>,
  ) {}

  async list(): Promise<ShownWebhook[]> {
    const subscriptions = await this.stores.subscriptions.all();
    const all = await this.stores.webhooks.list();
    return all.map((one) => ({ ...one, delivery: subscriptions.get(nameOf(one)) }));
  }

  /** @throws NotFound */
  async find(id: number): Promise<ShownWebhook> {
    const found = (await this.list()).find((one) => one.id === id);
    if (!found) throw new NotFound(say`There is no webhook ${id}`);
    return found;
  }

  /**
   * It is told of what happens from now on.
   * @returns its id
   * @throws InvalidInput for an address that is none, Conflict when there are too many
   */
  async add(draft: WebhookDraft, by: string): Promise<number> {
    const url = checked(draft.url);
    const salt = randomBytes(SALT_BYTES).toString('base64url');
    const at = this.clock.now();
    return this.stores.outsideLoopState(async ({ webhooks, events, subscriptions, journal }) => {
      if ((await webhooks.list()).length >= MOST)
        throw new Conflict(say`There are ${MOST} webhooks already`);
      const added = await webhooks.add({
        url,
        salt,
        events: draft.events,
        madeBy: by,
        madeAt: at,
      });
      await subscriptions.begin(nameOf({ id: added }), await events.newest());
      const detail = { url, events: draft.events };
      const subject = `webhook ${added}`;
      await journal.audit([{ at, who: by, what: 'webhook added', subject, detail }]);
      return added;
    });
  }

  /** @throws NotFound, InvalidInput for an address that is none */
  async change(
    id: number,
    changes: { [Name in keyof WebhookDraft]?: WebhookDraft[Name] | undefined },
    by: string,
  ): Promise<ShownWebhook> {
    const at = this.clock.now();
    await this.stores.outsideLoopState(async ({ webhooks, subscriptions, journal }) => {
      const present = await webhooks.find(id);
      if (!present) throw new NotFound(say`There is no webhook ${id}`);
      const next = {
        url: changes.url === undefined ? present.url : checked(changes.url),
        events: changes.events === undefined ? present.events : changes.events,
      };
      await webhooks.change(id, next);
      await subscriptions.hurry();
      const subject = `webhook ${id}`;
      await journal.audit([{ at, who: by, what: 'webhook changed', subject, detail: next }]);
    });
    return this.find(id);
  }

  /** What waits for it is not sent. @throws NotFound */
  async remove(id: number, by: string): Promise<void> {
    const at = this.clock.now();
    await this.stores.outsideLoopState(async ({ webhooks, subscriptions, journal }) => {
      const present = await webhooks.find(id);
      if (!present) throw new NotFound(say`There is no webhook ${id}`);
      await webhooks.remove(id);
      await subscriptions.end(nameOf({ id }));
      const [subject, detail] = [`webhook ${id}`, { url: present.url }];
      await journal.audit([{ at, who: by, what: 'webhook removed', subject, detail }]);
    });
  }

  /**
   * Of its signatures: HMAC-SHA256 of the body. It is made of the shop's key, so neither the books nor a backup has it.
   * @throws NotFound
   */
  async secret(id: number): Promise<string> {
    return this.secretOf(await this.find(id));
  }

  /** For the dispatcher. */
  async receivers(): Promise<Receiver[]> {
    const all = await this.stores.webhooks.list();
    return all.map((one) => {
      const wanted = one.events && new Set<string>(one.events);
      return {
        ...{ name: nameOf(one), channel: 'webhook', isQuiet: false },
        wants: ({ name }) => wanted === null || wanted.has(name),
        // Receivers are asked for once a second: what it takes to send is made when something is sent.
        send: (events, deadline) => {
          const to = { url: new URL(one.url), secret: this.secretOf(one) };
          return webhookTo(to, this.shop, this.outside.post)(events, deadline);
        },
      };
    });
  }

  private secretOf({ id, salt }: Pick<Webhook, 'id' | 'salt'>): string {
    return this.secrets.derive(`webhook ${id} ${salt}`);
  }
}

/** Of its place among the events. */
function nameOf({ id }: Pick<Webhook, 'id'>): string {
  return `webhook ${id}`;
}

/** @throws InvalidInput */
function checked(url: string): string {
  try {
    return parseWebhook(url).href;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(say`The address ${error.text}`, { cause: error });
  }
}
