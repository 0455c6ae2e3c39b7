import type { Clock } from '../../clock';
import { CHANNELS, type Channel, type NoticeRules } from '../../domain/notices/notice-rules';
import type { StoredEvent } from '../../store/notices/event-store';
import { mail, telegram, webhook, type Send, type Shop } from './notice-senders';
import type { Post } from './outward-post';
import { deliveryChannels, type DeliveryChannel } from './urgent-and-quiet';

/** After this long a message is aborted, well before another process may take it over. */
const SEND_MS = 60_000;

/** A channel of delivery, and how to send by it. */
export interface Receiver extends DeliveryChannel {
  send: Send;
}

/** Where Telegram is, and how to reach receivers. */
export interface Outside {
  telegram: string;
  post: Post;
}

/** The receivers that are set up. */
export function receiversOf(rules: NoticeRules, shop: Shop, outside: Outside): Receiver[] {
  const { webhook: hook, mail: letters, telegram: chat } = rules;
  const senders: Record<Channel, Send | null> = {
    webhook: hook && webhook(hook, shop, outside.post),
    mail: letters && mail(letters, shop),
    telegram: chat && telegram(chat, shop, outside.telegram, outside.post),
  };
  return CHANNELS.flatMap((channel) => {
    const send = senders[channel];
    return send ? deliveryChannels(channel).map((receiver) => ({ ...receiver, send })) : [];
  });
}

/**
 * Sends one message with as many of the events as fit, aborted after a minute.
 * @param signal aborts it too
 * @returns how many were sent @throws NotDelivered
 */
export async function sendTo(
  receiver: Receiver,
  events: readonly StoredEvent[],
  clock: Clock,
  signal?: AbortSignal,
): Promise<number> {
  const deadline = new AbortController();
  const done = new AbortController();
  void clock.wait(SEND_MS, done.signal).then(() => deadline.abort());
  try {
    const signals = signal ? [deadline.signal, signal] : [deadline.signal];
    return await receiver.send(events, AbortSignal.any(signals));
  } finally {
    done.abort();
  }
}
