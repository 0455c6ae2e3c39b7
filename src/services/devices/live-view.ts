import type { Clock } from '../../clock';
import type { Rates } from '../../domain/units';
import { AppError } from '../../errors';
import type { DeviceService, OnlineDevice } from './device-service';
import type { UsageHistory } from '../history/usage-history';
import { LiveQuestion } from '../live-question';
import type { Throughput, ThroughputSeries } from './throughput';

export interface LiveSnapshot {
  at: Date;
  devices: OnlineDevice[];
}

/** How far back the chart goes after a start. */
const BEFORE_START_MS = 3 * 3_600_000;

/**
 * Who is online now, for pages that refresh themselves. Simultaneous requests share one read of the router;
 * the results are kept in memory for the chart.
 */
export class LiveView {
  private readonly question: LiveQuestion<LiveSnapshot>;
  private seeding: Promise<void> | undefined;

  constructor(
    private readonly devices: Pick<DeviceService, 'online' | 'lastOnline'>,
    private readonly series: ThroughputSeries,
    private readonly history: Pick<UsageHistory, 'recent'>,
    private readonly clock: Clock,
  ) {
    this.question = new LiveQuestion(() => this.readNow(), clock);
  }

  /**
   * What was seen last, by a page or by a round, for while the router is away; `undefined` before the first time.
   */
  async last(): Promise<LiveSnapshot | undefined> {
    const asked = this.question.last;
    const seen = await this.devices.lastOnline();
    return asked && (!seen || asked.atMs >= seen.atMs) ? asked.value : seen;
  }

  /** As it is, or else as it was seen last. @throws RouterUnreachable, RouterRefused if it never was */
  async readOrLast(): Promise<LiveSnapshot> {
    try {
      return await this.read();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const last = await this.last();
      if (!last) throw error;
      return last;
    }
  }

  /** Within a second. @throws RouterUnreachable, RouterRefused */
  read(): Promise<LiveSnapshot> {
    return this.question.read();
  }

  /** The last hours; before this program started, what the books know in five-minute slots. */
  async throughput(): Promise<readonly Throughput[]> {
    this.seeding ??= this.seed().catch((error: unknown) => {
      this.seeding = undefined; // tried again at the next request
      throw error;
    });
    await this.seeding;
    return this.series.points();
  }

  private async seed(): Promise<void> {
    const to = this.series.points()[0]?.at ?? this.clock.now();
    const from = new Date(to.getTime() - BEFORE_START_MS);
    const slots = await this.history.recent(from, to);
    const begins = slots.findIndex(({ counted }) => counted !== 'none');
    if (begins === -1) return;
    this.series.seed(
      slots.slice(begins).map(({ from, to, bytes, counted }) => {
        const ms = to.getTime() - from.getTime();
        const rate = (used: number) => Math.round((used * 8_000) / ms);
        const known = counted === 'none' ? null : { up: rate(bytes.up), down: rate(bytes.down) };
        return { at: new Date(from.getTime() + ms / 2), rate: known };
      }),
    );
  }

  private async readNow(): Promise<LiveSnapshot> {
    const devices = await this.devices.online();
    const sum = (way: keyof Rates) => devices.reduce((total, { rate }) => total + rate[way], 0);
    this.series.measured({ up: sum('up'), down: sum('down') });
    return { at: this.clock.now(), devices };
  }
}
