import { createHmac } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { isMailAddress, type NoticeRules } from '../../domain/notices/notice-rules';
import { digest } from '../../format/notice-text';
import { AppError } from '../../errors';
import type { StoredEvent } from '../../store/notices/event-store';
import { Unreachable, type Post } from './outward-post';
import { say } from '../../text';

/** A receiver did not accept a notice; the message is for the owner and never holds a secret. */
export class NotDelivered extends AppError {}

/**
 * Sends one message with as many of these events as fit, from the first on, or aborts at the deadline.
 * @returns how many were sent, at least one @throws NotDelivered
 */
export type Send = (events: readonly StoredEvent[], deadline: AbortSignal) => Promise<number>;

/** What every notice says about the shop. */
export interface Shop {
  name: string;
  timeZone: string;
}

export const TELEGRAM = 'https://api.telegram.org';
const ANSWER_MS = 10_000;
const MAIL_MS = 20_000;
/** Telegram's limit. https://core.telegram.org/bots/api#sendmessage */
const LONGEST_CHAT = 4_096;
/** Characters of it for the shop's name and the title. */
const CHAT_HEAD = 200;

/** Posts the first event as JSON, with a signature over the exact bytes sent. */
export function webhook(
  { url, secret }: NonNullable<NoticeRules['webhook']>,
  shop: Shop,
  post: Post,
): Send {
  return async ([event], deadline) => {
    const { uid, name, at, data } = event!;
    const body = JSON.stringify({
      id: uid,
      event: name,
      at: at.toISOString(),
      shop: shop.name,
      data,
    });
    const signature = secret && createHmac('sha256', secret).update(body).digest('hex');
    await deliver('The webhook', post, url, body, deadline, {
      'X-PisoNet-Event': name,
      'X-PisoNet-Delivery': uid,
      ...(signature ? { 'X-PisoNet-Signature': `sha256=${signature}` } : {}),
    });
    return 1;
  };
}

/** @param base where Telegram is; the token is part of the address and must not show in any message */
export function telegram(
  { token, chatId }: NonNullable<NoticeRules['telegram']>,
  shop: Shop,
  base: string,
  post: Post,
): Send {
  return async (events, deadline) => {
    const room = LONGEST_CHAT - CHAT_HEAD;
    const { subject, body, told } = digest(events, shop.name, shop.timeZone, room);
    const text = cut(`${cut(subject, CHAT_HEAD - 2)}\n\n${body}`, LONGEST_CHAT);
    const url = new URL(`${base}/bot${token}/sendMessage`);
    const message = JSON.stringify({ chat_id: chatId, text });
    await deliver('Telegram', post, url, message, deadline, {});
    return told;
  };
}

/** One plain mail to everyone. The library is given a server, never an address with options in it. */
export function mail({ server, to }: NonNullable<NoticeRules['mail']>, shop: Shop): Send {
  return async (events, deadline) => {
    const { subject, body, told } = digest(events, shop.name, shop.timeZone);
    const { host, port, isSecure, login } = server;
    const transport = createTransport({
      host,
      port,
      secure: isSecure,
      ...(login && { auth: { user: login.user, pass: login.password } }),
      connectionTimeout: MAIL_MS,
      greetingTimeout: MAIL_MS,
      socketTimeout: MAIL_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      await transport.sendMail({
        from: {
          name: shop.name,
          address: login && isMailAddress(login.user) ? login.user : to[0]!,
        },
        to: [...to],
        subject,
        text: body,
        // Identifies a message that is sent again after its answer was lost.
        messageId: `<${events.at(-1)!.uid}@pisonet>`,
        signal: deadline,
      });
      return told;
    } catch (error) {
      // Without its cause: the server's message may repeat the name and more.
      const trouble = deadline.aborted ? 'the server did not finish in time' : mailTrouble(error);
      throw new NotDelivered(say`Email: ${trouble}`);
    } finally {
      transport.close();
    }
  };
}

/** Cuts the end off a text that is too long, but never half a character. */
function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

async function deliver(
  who: string,
  post: Post,
  url: URL,
  body: string,
  deadline: AbortSignal,
  headers: Record<string, string>,
): Promise<void> {
  let status: number;
  try {
    const all = { 'content-type': 'application/json', 'user-agent': 'PisoNet', ...headers };
    const signal = AbortSignal.any([deadline, AbortSignal.timeout(ANSWER_MS)]);
    status = await post(url, body, all, signal);
  } catch (error) {
    // Without its cause: that may repeat the address, and with it a token.
    throw new NotDelivered(say`${who} ${httpTrouble(error)}`);
  }
  if (status >= 200 && status < 300) return;
  const hint = HINTS[status] ?? (status >= 300 && status < 400 ? 'a redirect' : undefined);
  throw new NotDelivered(say`${who} answered ${status}${hint ? ` (${hint})` : ''}`);
}

const HINTS: Record<number, string> = {
  400: 'it does not understand; for Telegram, check the chat',
  401: 'the token or password is wrong',
  403: 'not allowed; for Telegram, write to the bot once',
  404: 'there is nothing at that address; for Telegram, check the token',
  429: 'too many at once',
};

function httpTrouble(error: unknown): string {
  if (error instanceof Unreachable) return error.message;
  const { name, code } = error as { name?: string; code?: string };
  if (/^(Timeout|Abort)Error$/.test(name ?? '')) return 'did not answer in time';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'cannot be found: is the internet up?';
  if (code === 'ECONNREFUSED') return 'refuses the connection';
  return `cannot be reached${code ? ` (${code})` : ''}`;
}

function mailTrouble(error: unknown): string {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  const answered = responseCode ? ` (${responseCode})` : '';
  if (code === 'EAUTH') return `the server refuses the name or the password${answered}`;
  const isFinal = responseCode !== undefined && responseCode >= 500;
  if (code === 'EENVELOPE' && isFinal) return `the server refuses an address${answered}`;
  if (code === 'EDNS') return 'the server cannot be found: is the internet up?';
  if (responseCode) return `the server refused it${answered}`;
  return `the server cannot be reached${code ? ` (${code})` : ''}`;
}
