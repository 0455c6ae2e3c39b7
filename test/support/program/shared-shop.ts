import type * as bench from '../../../bench/fleet';
import { giveBack, takeBooks } from '../postgres/books';
import { built } from './built';

/** Programs start slowly on a busy machine; how soon routers are served again is measured apart. */
export const START_MS = 90_000;
export const TAKEOVER_MS = 15_000;

type Program = bench.Program;

/** Two programs, each a process of its own with two routers, on books of their own on PostgreSQL. */
export class SharedShop {
  private constructor(
    readonly fleet: bench.Fleet,
    private readonly url: string,
  ) {}

  static async open(): Promise<SharedShop> {
    const url = await takeBooks();
    const { Fleet } = await fleetModule();
    return new SharedShop(await Fleet.make({ url, routers: 4, devices: 2, pollSeconds: 2 }), url);
  }

  async close(): Promise<void> {
    await this.fleet.stop();
    await giveBack(this.url);
  }

  /** Starts both; every phone redeems at the one that does not have its router. */
  async start(): Promise<[Program, Program]> {
    const { fleet } = this;
    const [one, two] = [await fleet.start(), await fleet.start()];
    await fleet.untilShared([one, two], START_MS);
    const holders = await this.holders();
    for (const phone of fleet.phones) {
      const other = holders[phone.router] === one.pid ? two : one;
      expect(await fleet.redeem(phone, other.port)).toMatchObject({ status: 303 });
      expect(phone.device.online).toBe(true);
    }
    return [one, two];
  }

  /** The process that has each router. */
  async holders(): Promise<number[]> {
    return (await this.fleet.records()).map(({ lease }) => lease!.pid);
  }

  /** @param bytes by each phone */
  download(bytes: number): void {
    for (const { device } of this.fleet.phones) device.download(bytes);
  }

  /** Nothing was written to a router twice, and the audit has all of it. */
  async expectOnce(): Promise<void> {
    const { fleet } = this;
    fleet.look();
    expect(fleet.violations).toEqual([]);
    expect(await fleet.noted()).toBe(fleet.writes);
  }

  /** Every byte that the phones moved is in the books, once. */
  async expectUsage(bytes: number): Promise<void> {
    const counted = `select coalesce(sum(bytes_down), 0)::int as count from usage_slots`;
    const { until } = await fleetModule();
    await until(async () => (await this.fleet.count(counted)) >= bytes, START_MS);
    expect(await this.fleet.count(counted)).toBe(bytes);
  }
}

/** As built: it starts the programs that lie beside it. */
async function fleetModule(): Promise<typeof bench> {
  return (await import(built('bench/fleet.js'))) as typeof bench;
}
