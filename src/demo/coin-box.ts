import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { noCoinPlan } from '../domain/coin-box/coin-rates';
import { listen } from '../web/http/listen';
import type { Clock } from '../clock';
import type { App } from '../compose';

const NAME = 'Demo box';
const COINS = ['1', '5', '10'];
const WAIT_SECONDS = 25;
/** Until it asks again where the server did not answer. */
const AGAIN_MS = 1_000;
const LONGEST_FORM = 100;
/** The shop and its first customers have the start to themselves. */
const FIRST_WAIT_MS = 10_000;

interface Orders {
  revision: number;
  open: boolean;
  display: string[];
}

/**
 * A box with a coin slot: it speaks the real protocol over HTTP, as docs/coin-box.md has it. Its front is a page with
 * a button for each coin.
 */
export class DemoCoinBox {
  private readonly pulses: Record<string, number> = Object.fromEntries(
    COINS.map((one) => [one, 0]),
  );
  private readonly boot = randomBytes(4).toString('hex');
  private readonly number = String(randomInt(100_000, 1_000_000));
  private readonly hardware = randomBytes(6).toString('hex');
  private readonly pairingKey = randomBytes(32);
  private identity = { id: 0, key: Buffer.alloc(0) };
  private requests = 2 ** 20;
  private orders: Orders = { revision: 0, open: false, display: [] };
  /** Of the question that waits for new orders. */
  private waiting = new AbortController();

  private constructor(
    /** Where the shop's pages are. */
    private readonly server: string,
    private readonly front: Server,
    /** Of its front. */
    readonly address: string,
    private readonly clock: Pick<Clock, 'wait'>,
  ) {
    front.on('request', (req: IncomingMessage, res: ServerResponse) => this.answer(req, res));
  }

  static async open(server: string, clock: Pick<Clock, 'wait'>): Promise<DemoCoinBox> {
    const front = createServer();
    front.unref(); // a demo that fails before it runs ends
    const port = await listen(front, { host: '127.0.0.1', port: 0 });
    return new DemoCoinBox(server, front, `http://localhost:${port}`, clock);
  }

  /** Shows its number, which the owner types, and then does as it is told until the signal. */
  async run({ services }: App, signal: AbortSignal): Promise<void> {
    try {
      await this.clock.wait(FIRST_WAIT_MS, signal);
      if (signal.aborted) return;
      await this.knock();
      const plan = (await services.plans.list()).find(({ terms }) => !noCoinPlan(terms));
      await services.coinPairing.pair(this.number, { name: NAME, plan: plan?.name ?? '' }, 'demo');
      await this.knock();
      await this.obey(signal);
    } finally {
      this.front.close();
      this.front.closeAllConnections();
    }
  }

  private answer(req: IncomingMessage, res: ServerResponse): void {
    if (req.method !== 'POST') {
      res.setHeader('content-type', 'text/html; charset=utf-8').end(this.page());
      return;
    }
    let form = '';
    req.on('data', (part: Buffer) => (form = (form + part.toString()).slice(0, LONGEST_FORM)));
    req.on('end', () => {
      this.insert(new URLSearchParams(form).get('coin') ?? '');
      res.writeHead(303, { location: '/' }).end();
    });
  }

  private async obey(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.waiting = new AbortController();
      const given = AbortSignal.any([signal, this.waiting.signal]);
      try {
        const { revision: seen } = this.orders;
        this.orders = await this.ask({ seen, wait_s: WAIT_SECONDS }, given);
      } catch {
        if (!this.waiting.signal.aborted) await this.clock.wait(AGAIN_MS, signal);
      }
    }
  }

  /** A closed slot lets coins fall through. */
  private insert(coin: string): void {
    if (!this.orders.open || !COINS.includes(coin)) return;
    this.pulses[coin]! += 1;
    this.waiting.abort();
  }

  private async knock(): Promise<void> {
    const { number, hardware, pairingKey } = this;
    const answer = await fetch(`${this.server}/coin/v1/pair`, {
      method: 'POST',
      body: JSON.stringify({ number, hardware, pairing_key: pairingKey.toString('hex') }),
    });
    if (answer.status !== 200) return;
    const { id, server_nonce: nonce } = (await answer.json()) as {
      id: number;
      server_nonce: string;
    };
    const words = `coin-box ${number} ${hardware} ${nonce}`;
    this.identity = { id, key: createHmac('sha256', pairingKey).update(words).digest() };
  }

  private async ask(more: object, signal: AbortSignal): Promise<Orders> {
    const { boot, pulses } = this;
    const path = '/coin/v1/orders';
    const body = JSON.stringify({ boot, pulses, firmware: 'demo', ...more });
    const counter = String((this.requests += 1));
    const answer = await fetch(this.server + path, {
      method: 'POST',
      body,
      signal,
      headers: {
        'X-Box-Id': String(this.identity.id),
        'X-Box-Counter': counter,
        'X-Box-Signature': this.sign(`POST\n${path}\n${counter}\n${body}`),
      },
    });
    const text = await answer.text();
    const isGenuine =
      answer.headers.get('x-box-signature') === this.sign(`answer\n${counter}\n${text}`);
    if (answer.status !== 200 || !isGenuine) throw new Error(`no orders: ${answer.status}`);
    return JSON.parse(text) as Orders;
  }

  private sign(text: string): string {
    return `sha256=${createHmac('sha256', this.identity.key).update(text).digest('hex')}`;
  }

  private page(): string {
    const { open, display } = this.orders;
    const buttons = COINS.map((coin) => `<button name="coin" value="${coin}">₱${coin}</button>`);
    return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>${NAME}</title><h1>${NAME}</h1>
<pre>${display.join('\n')}</pre><p>The slot is ${open ? 'open' : 'closed'}.</p>
<form method="post">${buttons.join(' ')}</form>`;
  }
}
