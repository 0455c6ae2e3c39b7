import { setImmediate } from 'node:timers/promises';
import type { HotspotHost } from '../../domain/network/network';
import type { Mac } from '../../domain/units';
import { Conflict } from '../../errors';
import { isLetIn, isPlainlyIn } from './round/device-round';
import type { Round } from './round/round-types';
import type { Turns } from './turns';

/** Devices in one round: the router answers three questions about all of them at once. */
export const MOST_TOGETHER = 25;
/** A board that takes seconds for each device: all of a group would hear of it when the last one is in. */
const MOST_ON_SLOW = 1;
/** Rounds for one waiting customer: to recreate a user row, switch vouchers, place a waiting code. */
export const MOST_ROUNDS = 4;

/** A customer who waits to be let in. */
interface Waiting {
  device: HotspotHost;
  /** Whether a round of everybody let it in meanwhile, by the books. */
  isIn: () => Promise<boolean>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Customers who wait at the portal to be let in. Those who came while a round was running share the next one:
 * when the power is back, a crowd costs a few rounds instead of one for each. Whom a shared round did not
 * simply let in gets a round of their own, so that nobody hears of what is wrong with somebody else.
 */
export class WaitingDevices {
  private readonly waiting = new Set<Waiting>(); // in the order they came

  /**
   * @param reconcile one round for these devices; in its turn
   * @param isSlow whether the router takes its time
   */
  constructor(
    private readonly turns: Turns,
    private readonly reconcile: (devices: readonly HotspotHost[]) => Promise<Round>,
    private readonly isSlow: () => boolean,
  ) {}

  /** Nobody waits for the next round. */
  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /**
   * Resolves once the device is in, or nothing in the books lets it in.
   * @throws RouterUnreachable, RouterRefused when it could not be let in; Conflict if it needs no voucher
   */
  letIn(device: HotspotHost, isIn = () => Promise.resolve(false)): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.add({ device, isIn, resolve, reject });
      // One turn for each who waits: those that turn out not to be needed cost nothing.
      void this.turns.take('device', () => this.serve());
    });
  }

  private async serve(): Promise<void> {
    await setImmediate(); // others may come in this same moment
    const group = await this.nextGroup();
    const left = group.length > 1 ? await this.together(group) : group;
    const [first, ...others] = left;
    if (first) await this.alone(first);
    for (const one of others) void this.turns.take('device', () => this.alone(one));
  }

  /** Those who wait longest; a device that asks twice is answered twice. */
  private async nextGroup(): Promise<Waiting[]> {
    const group = new Map<Mac, Waiting>();
    const most = this.isSlow() ? MOST_ON_SLOW : MOST_TOGETHER;
    for (const one of this.waiting) {
      if (group.size === most) break;
      if (group.has(one.device.mac)) continue;
      group.set(one.device.mac, one);
      this.waiting.delete(one);
    }
    const checked = await Promise.all(
      [...group.values()].map(async (one) => {
        try {
          if (!(await one.isIn())) return one;
          one.resolve();
        } catch (error) {
          one.reject(error);
        }
        return undefined;
      }),
    );
    return checked.filter((one) => one !== undefined);
  }

  /** @returns those who need a round of their own */
  private async together(group: readonly Waiting[]): Promise<Waiting[]> {
    try {
      const round = await this.reconcile(group.map(({ device }) => device));
      const left = group.filter(({ device }) => !isPlainlyIn(round, device.mac));
      for (const one of group) if (!left.includes(one)) one.resolve();
      return left;
    } catch (error) {
      // One of them needs no voucher.
      if (error instanceof Conflict) return [...group];
      for (const { reject } of group) reject(error);
      return [];
    }
  }

  private async alone({ device, resolve, reject }: Waiting): Promise<void> {
    try {
      for (let roundsLeft = MOST_ROUNDS - 1; ; roundsLeft -= 1) {
        const round = await this.reconcile([device]);
        if (isLetIn(round, device.mac, roundsLeft > 0)) break;
      }
      resolve();
    } catch (error) {
      reject(error);
    }
  }
}
