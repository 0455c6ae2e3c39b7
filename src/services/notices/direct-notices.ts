import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Clock } from '../../clock';
import {
  alertCleared,
  alertRaised,
  BOOKS_UNAVAILABLE,
  type AlertCause,
  type ShopEvent,
} from '../../domain/notices/event';
import type { Channel, NoticeRules } from '../../domain/notices/notice-rules';
import type { BooksUnavailable } from '../../errors';
import type { Log } from '../../log';
import { NotDelivered, type Shop } from './notice-senders';
import { receiversOf, sendTo, type Outside, type Receiver } from './receivers';

const TELL_AGAIN_MS = 60_000;

/** What is wrong with the books, and since when. */
export interface BooksTroubleSince {
  error: BooksUnavailable;
  since: Date;
}

/** What is reported, and who has it already. */
interface Telling {
  event: ShopEvent & { uid: string };
  told: Set<Channel>;
  /** By the monotonic clock. */
  nextMs: number;
}

export interface DirectNoticesParts {
  /** The receivers as far as they are known without the books; `undefined` while they are not. */
  rules: () => Promise<NoticeRules | undefined>;
  shop: Shop;
  outside: Outside;
  clock: Clock;
  log: Log;
}

/**
 * Tells about the books past the books, which cannot take it: once when the trouble begins and once when it is over,
 * repeated only for receivers that could not be reached.
 */
export class DirectNotices {
  /** What people were told and still believe is going on. */
  private announced: BooksTroubleSince | undefined;
  private telling: Telling | undefined;

  constructor(private readonly parts: DirectNoticesParts) {}

  /** @param trouble as it is now @param signal ends the program: messages being sent are aborted */
  async tell(trouble: BooksTroubleSince | undefined, signal: AbortSignal): Promise<void> {
    const { announced } = this;
    if (trouble && !announced) {
      this.announce(trouble, alertRaised(booksCause(trouble.error), trouble.since));
    } else if (!trouble && announced) {
      const now = this.parts.clock.now();
      this.announce(
        undefined,
        alertCleared(booksCause(announced.error), announced.since, now, null),
      );
    }
    const { telling } = this;
    const now = this.parts.clock.elapsedMs();
    if (!telling || now < telling.nextMs || signal.aborted) return;
    // A receiver or name server that does not answer must not delay the stop: the books must still be closed.
    const over = new AbortController();
    const stopped = once(signal, 'abort', { signal: over.signal }).then(
      () => false,
      () => false,
    );
    const isTold = await Promise.race([this.send(telling, signal), stopped]).finally(() =>
      over.abort(),
    );
    telling.nextMs = isTold ? Infinity : now + TELL_AGAIN_MS;
  }

  private announce(trouble: BooksTroubleSince | undefined, events: readonly ShopEvent[]): void {
    this.announced = trouble;
    const event = { ...events[0]!, uid: randomUUID() };
    this.telling = { event, told: new Set(), nextMs: -Infinity };
  }

  /** @returns whether every channel has it */
  private async send({ event, told }: Telling, signal: AbortSignal): Promise<boolean> {
    const { rules, shop, outside, clock, log } = this.parts;
    const known = await rules();
    const stored = { ...event, id: 0 };
    const open = (known ? receiversOf(known, shop, outside) : []).filter(
      (receiver) => receiver.wants(stored) && !told.has(receiver.channel),
    );
    const sent = open.map(async (receiver: Receiver) => {
      try {
        await sendTo(receiver, [stored], clock, signal);
        told.add(receiver.channel);
        return true;
      } catch (error) {
        const reason = error instanceof NotDelivered ? error.message : String(error);
        log.warn({ receiver: receiver.name, reason }, 'a notice was not taken');
        return false;
      }
    });
    return (await Promise.all(sent)).every(Boolean);
  }
}

/** As alerts and notices tell it. */
export function booksCause(error: BooksUnavailable): AlertCause {
  return { kind: BOOKS_UNAVAILABLE, subject: '', message: error.message };
}
