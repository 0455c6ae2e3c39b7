import type {
  CheckoutOrder,
  CheckoutSettings,
  Gateway,
} from '../../domain/billing/gateways/gateway';
import { GatewayAway, GatewayRefused } from '../../errors';
import { say } from '../../text';

const TIMEOUT_MS = 15_000;
/** An answer holds the whole checkout. */
const LONGEST_ANSWER = 200_000;
/** Of what a company says about a refusal. */
const LONGEST_PROBLEM = 300;
const BUSY = [408, 425, 429];

/** Asks the companies for pages on which customers pay. */
export class GatewayClient {
  /** @param timeoutMs until a company that does not answer counts as away */
  constructor(private readonly timeoutMs = TIMEOUT_MS) {}

  /**
   * The same order again is the same checkout where the company knows of such a thing, and never another payment.
   * @returns the address of the page
   * @throws GatewayAway when it may work another time, GatewayRefused when somebody has to look at it
   */
  async createCheckout(
    { title, checkouts }: Gateway,
    key: string,
    settings: CheckoutSettings,
    order: CheckoutOrder,
  ): Promise<string> {
    const { path, headers, body } = checkouts.request(order, key, settings);
    const api = settings.api ?? checkouts.api;
    const { status, answer } = await this.post(title, new URL(path, api), headers, body);
    const problem = checkouts.problemIn(answer).slice(0, LONGEST_PROBLEM) || `status ${status}`;
    if (status >= 500 || BUSY.includes(status)) throw away(title, problem);
    if (status < 200 || status >= 300) {
      throw new GatewayRefused(say`${title} refused to make a payment page: ${problem}`);
    }
    const page = checkouts.pageIn(answer);
    if (isPage(page, api)) return new URL(page).href;
    throw new GatewayRefused(say`${title} answered without the address of a payment page`);
  }

  private async post(title: string, url: URL, headers: Record<string, string>, body: string) {
    try {
      const signal = AbortSignal.timeout(this.timeoutMs);
      // Keys do not follow to another address.
      const sent = { method: 'POST', headers, body, signal, redirect: 'manual' } as const;
      const response = await fetch(url, sent);
      return { status: response.status, answer: parsed(await textOf(response)) };
    } catch (error) {
      throw away(title, error instanceof Error ? error.message : String(error), error);
    }
  }
}

function away(title: string, problem: string, cause?: unknown): GatewayAway {
  return new GatewayAway(
    say`${title} cannot be reached, or is too busy (${problem}). Nothing was charged: try again in a minute.`,
    cause === undefined ? {} : { cause },
  );
}

/** @throws Error for one that does not end */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > LONGEST_ANSWER) throw new Error('the answer is too long');
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Nothing but a page of the web is given to phones; without encryption only where the API has none either. */
function isPage(address: string, api: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && host === new URL(api).host);
}
