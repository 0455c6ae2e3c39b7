import { randomBytes } from 'node:crypto';
import type { App } from '../../src/compose';
import type { CoinReports, OrdersForBox } from '../../src/services/coin-box/coin-reports';

/** Boots count in steps of this much, so that no number of a request comes twice. */
const BOOT = 2 ** 20;

/** What a box is in a test: counters in flash, a slot, and what it was told last. */
export class ModelBox {
  readonly pulses: Record<string, number> = { 1: 0, 5: 0, 10: 0, 20: 0 };
  private boots = 1;
  private sent = 0;
  private boot = randomBytes(4).toString('hex');
  private openUntilMs = -Infinity;

  constructor(
    readonly id: number,
    private readonly clock: { elapsedMs(): number },
  ) {}

  /** A box that the owner has just paired. */
  static async paired(app: App, name: string, plan = 'P5'): Promise<ModelBox> {
    const { coinPairing, coinReports } = app.services;
    const number = String(100_000 + Math.floor(Math.random() * 900_000));
    const hardware = randomBytes(6).toString('hex');
    const knock = { number, hardware, pairingKey: randomBytes(32).toString('hex') };
    await coinPairing.knock(knock);
    const { id } = await coinPairing.pair(number, { name, plan }, 'maria');
    const box = new ModelBox(id, app.clock);
    await box.report(coinReports);
    return box;
  }

  get isOpen(): boolean {
    return this.clock.elapsedMs() < this.openUntilMs;
  }

  insert(coin: string): void {
    this.pulses[coin]! += 1;
  }

  /** The number of the next request. */
  next(): number {
    return this.boots * BOOT + (this.sent += 1);
  }

  reboot(): void {
    this.boots += 1;
    this.sent = 0;
    this.boot = randomBytes(4).toString('hex');
    this.openUntilMs = -Infinity;
  }

  /** Its memory is lost. */
  forget(): void {
    for (const key of Object.keys(this.pulses)) this.pulses[key] = 0;
  }

  /** What it sends. */
  get words() {
    return { boot: this.boot, pulses: { ...this.pulses }, firmware: 'model' };
  }

  /** Reports and gets its orders. */
  async report(reports: CoinReports, counter = this.next()): Promise<OrdersForBox> {
    await reports.receive(this.id, counter, this.words);
    const orders = await reports.orders(this.id);
    this.openUntilMs = orders.open ? this.clock.elapsedMs() + orders.closesInMs : -Infinity;
    return orders;
  }
}
