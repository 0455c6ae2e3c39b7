import type { Clock } from '../../clock';
import type { UsageEntry } from '../../domain/loop/loop-state';
import type { ActualNetwork } from '../../domain/network/network';
import type { Rates } from '../../domain/units';
import type { ReconcileReport } from './round/reconcile-report';

/** How this process's last round went. */
export interface LastReconcile {
  report: ReconcileReport;
  /** Why nothing could be observed; `undefined` if the router answered. */
  failure: 'silent' | 'refused' | undefined;
  /** By the monotonic clock. */
  atMs: number;
}

/** @param ms how long the round took */
type RoundListener = (
  report: ReconcileReport,
  failure: 'silent' | 'refused' | undefined,
  ms: number,
) => void;

/** What the loop did last, for pages that show it. */
export class LoopStatus {
  /** `undefined` before the first round. */
  last: LastReconcile | 'elsewhere' | 'no router' | undefined;
  /** What the owner is asked while the books seem to be lost: by the last whole round, on the router of others. */
  lost: string | undefined;
  /** The router as the last round that could read it saw it, for while it is away. */
  seen: { network: ActualNetwork; at: Date; atMs: number } | undefined;
  private used: Rates = { up: 0, down: 0 };
  private beganMs: number;
  private readonly listeners: ((used: Rates) => void)[] = [];
  private readonly rounds: RoundListener[] = [];

  constructor(private readonly clock: Clock) {
    this.beganMs = clock.elapsedMs();
  }

  /** @param listener called after every round, with the bytes counted since the previous one */
  onReconciled(listener: (used: Rates) => void): void {
    this.listeners.push(listener);
  }

  /** @param listener called after every round, also one that failed */
  onRound(listener: RoundListener): void {
    this.rounds.push(listener);
  }

  begins(): void {
    this.beganMs = this.clock.elapsedMs();
  }

  saw(network: ActualNetwork, at: Date): void {
    this.seen = { network, at, atMs: this.clock.elapsedMs() };
  }

  counted(usage: readonly UsageEntry[]): void {
    for (const { bytes } of usage) {
      this.used.up += bytes.up;
      this.used.down += bytes.down;
    }
  }

  reconciled(report: ReconcileReport, failure?: 'silent' | 'refused'): void {
    const atMs = this.clock.elapsedMs();
    this.last = { report, failure, atMs };
    for (const listener of this.rounds) listener(report, failure, atMs - this.beganMs);
    if (failure) return;
    const { used } = this;
    this.used = { up: 0, down: 0 };
    for (const listener of this.listeners) listener(used);
  }

  /** Another program is in charge of the router. */
  elsewhere(): void {
    this.last = 'elsewhere';
  }
}
