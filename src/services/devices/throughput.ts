import type { Clock } from '../../clock';
import type { Rates } from '../../domain/units';

/** Total speed at one moment, bit/s; `null` if unknown. */
export interface Throughput {
  at: Date;
  rate: Rates | null;
}

/** Hours, with a point every few seconds. */
const KEPT = 1_200;
/** Rounds in quick succession would measure only noise. */
const SHORTEST_MS = 3_000;
/** This many polls without a point are a gap; one or two are a slow router. */
const GAP_POLLS = 3;

/** Total speed of the last hours, in memory: measured while someone watches, else from the counters. */
export class ThroughputSeries {
  private past: Throughput[] = [];
  private measuredMs = -Infinity;
  private counting: { used: Rates; sinceMs: number } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly pollMs: number,
  ) {}

  points(): readonly Throughput[] {
    return this.past;
  }

  /** What the router measures right now. */
  measured(rate: Rates): void {
    this.measuredMs = this.clock.elapsedMs();
    this.add(rate);
  }

  /** @param bytes counted since the last time, for the average */
  counted(bytes: Rates): void {
    const nowMs = this.clock.elapsedMs();
    const { used, sinceMs } = this.counting ?? { used: { up: 0, down: 0 }, sinceMs: -Infinity };
    const all = { up: used.up + bytes.up, down: used.down + bytes.down };
    const tookMs = nowMs - sinceMs;
    if (tookMs < SHORTEST_MS) {
      this.counting = { used: all, sinceMs };
      return;
    }
    this.counting = { used: { up: 0, down: 0 }, sinceMs: nowMs };
    // After a long silence, or before the first round, nobody knows when the bytes went through.
    if (tookMs > this.gapMs || this.measuredMs > sinceMs) return;
    this.add({ up: rateOf(all.up, tookMs), down: rateOf(all.down, tookMs) });
  }

  /** What is known of the time before the first point. @param points ascending */
  seed(points: readonly Throughput[]): void {
    this.past = [...points, ...this.past].slice(-KEPT);
  }

  private add(rate: Rates): void {
    const at = this.clock.now();
    const last = this.past.at(-1);
    if (last && at < last.at) this.past = []; // the clock was set back, and a chart only goes forward
    const silentMs = last ? at.getTime() - last.at.getTime() : 0;
    // No more than one point a second is drawn.
    if (silentMs < 1_000 && last?.rate) this.past.pop();
    if (silentMs > this.gapMs) this.past.push({ at: new Date(at.getTime() - 1_000), rate: null });
    this.past.push({ at, rate });
    if (this.past.length > KEPT) this.past.splice(0, this.past.length - KEPT);
  }

  private get gapMs(): number {
    return GAP_POLLS * Math.max(this.pollMs, SHORTEST_MS);
  }
}

function rateOf(bytes: number, ms: number): number {
  return Math.round((bytes * 8_000) / ms);
}
