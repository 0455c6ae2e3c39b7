import { createHmac, randomBytes } from 'node:crypto';

/** A coin box as it speaks over HTTP, written by docs/coin-box.md and none of the server's code. */
export class WireBox {
  readonly pulses: Record<string, number> = { 1: 0, 5: 0, 10: 0, 20: 0 };
  readonly number = String(100_000 + Math.floor(Math.random() * 900_000));
  readonly hardware = randomBytes(6).toString('hex');
  private readonly pairingKey = randomBytes(32);
  private key: Buffer | undefined;
  private sent = 2 ** 20;
  boot = randomBytes(4).toString('hex');
  id = 0;

  constructor(private readonly origin: string) {}

  /** @returns the status of the answer */
  async knock(): Promise<number> {
    const { number, hardware } = this;
    const answer = await fetch(`${this.origin}/coin/v1/pair`, {
      method: 'POST',
      body: JSON.stringify({ number, hardware, pairing_key: this.pairingKey.toString('hex') }),
    });
    if (answer.status === 200) {
      const { id, server_nonce } = (await answer.json()) as { id: number; server_nonce: string };
      this.id = id;
      this.key = createHmac('sha256', this.pairingKey)
        .update(`coin-box ${number} ${hardware} ${server_nonce}`)
        .digest();
    }
    return answer.status;
  }

  /** What `/report` and `/orders` send. */
  get words() {
    return { boot: this.boot, pulses: this.pulses, firmware: 'wire' };
  }

  /** A signed request. @param change what an attacker does to it on the way */
  async send(
    path: 'report' | 'orders',
    more: object = {},
    change: { counter?: number; body?: string; signature?: string } = {},
  ): Promise<{ status: number; json: Record<string, unknown>; isGenuine: boolean }> {
    const counter = change.counter ?? (this.sent += 1);
    const full = `/coin/v1/${path}`;
    const body = JSON.stringify({ ...this.words, ...more });
    const answer = await fetch(`${this.origin}${full}`, {
      method: 'POST',
      body: change.body ?? body,
      headers: {
        'X-Box-Id': String(this.id),
        'X-Box-Counter': String(counter),
        'X-Box-Signature': change.signature ?? this.sign(`POST\n${full}\n${counter}\n${body}`),
      },
    });
    const text = await answer.text();
    const isGenuine =
      answer.headers.get('x-box-signature') === this.sign(`answer\n${counter}\n${text}`);
    const json = JSON.parse(text) as Record<string, unknown>;
    return { status: answer.status, json, isGenuine };
  }

  /** For orders alone, without a report. */
  async ask(query: string): Promise<{ status: number; json: Record<string, unknown> }> {
    const counter = (this.sent += 1);
    const answer = await fetch(`${this.origin}/coin/v1/orders?${query}`, {
      headers: {
        'X-Box-Id': String(this.id),
        'X-Box-Counter': String(counter),
        'X-Box-Signature': this.sign(`GET\n/coin/v1/orders\n${counter}\n`),
      },
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  }

  private sign(text: string): string {
    return `sha256=${createHmac('sha256', this.key ?? '')
      .update(text)
      .digest('hex')}`;
  }
}
