import type { SimulatedDevice } from '../src/simulator/simulator';
import { isSlowBoard } from '../src/simulator/engine/slow-board-costs';
import { isCalm, openLiveShop, phonesOn, sellTo, untilTrue, type LiveShop } from './live-shop';

/**
 * How long devices are faster than their plan after the router restarts, where the hotspot's own queue stands
 * on top again and limits nobody: `node dist/bench/after-reboot.js fast 20` or `… hap-lite 20`. It takes some
 * fifteen minutes. A line of JSON for a router with that queue and one for a router without it.
 */

const PLAN = { name: 'P1', price: '5', rate_up: '1M', rate_down: '1M', validity: '1d' };
const PLAN_RATE = 1_000_000;
/** What a phone would take if nothing held it back. */
const OFFERED = { up: 0, down: 20_000_000 };
/** What counts as faster than the plan. */
const TOO_FAST = 1.05 * PLAN_RATE;
const SAMPLE_MS = 100;
const BOOT_MS = 30_000;
const POLL_MS = 10_000;
/** Connections that last longer are good ones, and their loss is taken for a restart. */
const STEADY_MS = 31_000;
/** At so many moments between two polls. */
const MOMENTS = 5;

async function main(): Promise<void> {
  const [board = 'fast', devices = '20'] = process.argv.slice(2);
  const runs = [true, false].map((hasQueue) => measure(board, Number(devices), hasQueue));
  for (const line of await Promise.all(runs)) console.log(JSON.stringify(line));
}

async function measure(board: string, devices: number, serverQueueAlways: boolean) {
  const slow = isSlowBoard(board) ? { slow: { board } } : {};
  const shop = await openLiveShop({ ...slow, habits: { serverQueueAlways } }, PLAN);
  const phones = phonesOn(shop.simulator, devices);
  await sellTo(shop, PLAN.name, phones);
  await untilTrue(() => phones.every(({ online }) => online) && isCalm(shop));
  for (const phone of phones) phone.offer(OFFERED);
  const figures = { bench: 'after reboot', board, devices, serverQueueAlways };
  const restarts = await measureRestarts(shop, phones, 'rst');
  const powerCuts = await measureRestarts(shop, phones, 'power-cut');
  await shop.close();
  return { ...figures, restarts, powerCuts };
}

/** Seconds from the moment at which the router is up again. */
async function measureRestarts(
  shop: LiveShop,
  phones: readonly SimulatedDevice[],
  drop: 'rst' | 'power-cut',
) {
  const seconds: number[] = [];
  let mostExtraBytes = 0;
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    await sleep(STEADY_MS);
    await afterRound(shop);
    await sleep((POLL_MS / MOMENTS) * moment);
    shop.simulator.reboot({ bootMs: BOOT_MS, drop });
    const speeds = phones.map((phone) => new Speed(phone));
    const until = performance.now() + BOOT_MS;
    const isOver = () => speeds.every(({ isBack, isFast }) => isBack && !isFast) && isCalm(shop);
    while (performance.now() < until || !isOver()) {
      await sleep(SAMPLE_MS);
      for (const speed of speeds) speed.sample();
    }
    seconds.push(...speeds.map(({ fastMs }) => fastMs / 1000));
    mostExtraBytes = Math.max(mostExtraBytes, ...speeds.map(({ extraBytes }) => extraBytes));
  }
  const sorted = seconds.sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]! * 10) / 10;
  return {
    fastSeconds: { p50: at(0.5), p95: at(0.95), max: at(1) },
    mostExtraMB: Math.round(mostExtraBytes / 100_000) / 10,
  };
}

/** How long a device was faster than its plan, by what really passed. */
class Speed {
  fastMs = 0;
  extraBytes = 0;
  isFast = false;
  isBack = false;
  private atMs = performance.now();
  private bytes: number;

  constructor(private readonly phone: SimulatedDevice) {
    this.bytes = phone.counted.down;
  }

  sample(): void {
    const now = performance.now();
    const { down } = this.phone.counted;
    const [passedMs, bytes] = [now - this.atMs, down - this.bytes];
    [this.atMs, this.bytes] = [now, down];
    this.isFast = (bytes * 8000) / passedMs > TOO_FAST;
    this.isBack ||= bytes > 0 && this.phone.online;
    if (!this.isFast) return;
    this.fastMs += passedMs;
    this.extraBytes += bytes - (PLAN_RATE / 8000) * passedMs;
  }
}

/** A round has just ended that had nothing to do. */
async function afterRound(shop: LiveShop): Promise<void> {
  const { status } = shop.app.services.loop;
  const before = status.last;
  await untilTrue(() => status.last !== before && isCalm(shop));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
