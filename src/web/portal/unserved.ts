import type { Log } from '../../log';

/** Waiting customers ask again every few seconds; one line in this time says it for all of them. */
const REST_MS = 60_000;

/** Tells the operator that customers are not served, once for each reason. */
export class UnservedCustomers {
  private readonly toldAtMs = new Map<string, number>();

  constructor(private readonly log: Log) {}

  note(reason: string): void {
    const now = performance.now();
    for (const [told, atMs] of this.toldAtMs) {
      if (now - atMs >= REST_MS) this.toldAtMs.delete(told);
    }
    if (this.toldAtMs.has(reason)) return;
    this.toldAtMs.set(reason, now);
    this.log.warn({ reason }, 'a customer could not be served');
  }
}
