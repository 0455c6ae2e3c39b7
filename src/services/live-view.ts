import type { Clock } from '../clock';
import type { Rates } from '../domain/units';
import type { DeviceService, OnlineDevice } from './device-service';

/** Everybody's speed at one moment. */
export interface Throughput {
  at: Date;
  rate: Rates;
}

export interface Look {
  at: Date;
  devices: OnlineDevice[];
}

/** An hour at a look every few seconds. */
const KEPT = 1_200;

/**
 * Who is online now, for pages that refresh themselves. Looks that are asked for at once are one look at
 * the router; what they showed is kept in memory for the chart.
 */
export class LiveView {
  private underWay: Promise<Look> | undefined;
  private readonly past: Throughput[] = [];

  constructor(
    private readonly devices: Pick<DeviceService, 'online'>,
    private readonly clock: Clock,
  ) {}

  /** @throws RouterUnreachable, RouterRefused */
  look(): Promise<Look> {
    this.underWay ??= this.lookNow().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  throughput(): readonly Throughput[] {
    return this.past;
  }

  private async lookNow(): Promise<Look> {
    const devices = await this.devices.online();
    const at = this.clock.now();
    const sum = (way: keyof Rates) => devices.reduce((total, { rate }) => total + rate[way], 0);
    this.past.push({ at, rate: { up: sum('up'), down: sum('down') } });
    if (this.past.length > KEPT) this.past.splice(0, this.past.length - KEPT);
    return { at, devices };
  }
}
