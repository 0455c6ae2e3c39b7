/** What one round did; the shape of `reconcile --once --json`. */
export interface ReconcileReport {
  at: string;
  /** Devices that may be online now. */
  devices: number;
  accountedBytes: number;
  /** Rows on the router that were added, changed or removed. */
  changed: number;
  writes: number;
  sentences: number;
  /** Writes held back by the safety catch. */
  skipped: number;
  errors: number;
  /** What an operator should read, in plain words. */
  messages: string[];
  /** When the next round is due because something changes by itself. */
  reviewAt: string | null;
}

export function emptyReport(now: Date): ReconcileReport {
  return {
    at: now.toISOString(),
    devices: 0,
    accountedBytes: 0,
    changed: 0,
    writes: 0,
    sentences: 0,
    skipped: 0,
    errors: 0,
    messages: [],
    reviewAt: null,
  };
}

export function inTheWay(conflicts: readonly string[]): string {
  return `On the router ${conflicts.join(', ')} has a name we need but is not ours: rename or remove it there`;
}
