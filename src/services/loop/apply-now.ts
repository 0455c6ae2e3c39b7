import { say, type Text, type Value, word } from '../../text';
import type { Clock } from '../../clock';
import { ROUTER_AWAY } from '../../domain/notices/event';
import { RouterRefused, RouterUnreachable } from '../../errors';
import type { Stores } from '../../store/stores';
import { NoRouterYet, type LoopAccess } from './no-router';

const NO_ROUTER = word(
  'Saved. It takes effect once a router is set up (MIKROTIK_HOST) and reachable.',
);
const STILL_TRYING = word(
  'Saved. The router has not answered yet; it takes effect as soon as it does.',
);

/** Applies what was just saved to the router, and explains when that has to wait. */
export class ApplyNow {
  constructor(
    private readonly stores: Stores,
    private readonly loop: LoopAccess,
    private readonly clock: Clock,
  ) {}

  /**
   * One round of the loop, here or in the server running beside us.
   * @param timeoutMs how long to wait; the round goes on after that
   * @returns why it has to wait, worded for staff; `undefined` when it is done
   */
  async run(timeoutMs?: number): Promise<Text | undefined> {
    const reconcile = this.round();
    if (timeoutMs === undefined) return reconcile;
    const enough = new AbortController();
    const late = this.clock.wait(timeoutMs, enough.signal).then(() => STILL_TRYING);
    return Promise.race([reconcile, late]).finally(() => enough.abort());
  }

  /** One round that skips the safety catch because a person said so. */
  async confirm(by: string): Promise<Text | undefined> {
    const at = this.clock.now();
    await this.stores.journal.audit([
      { at, who: by, what: 'held changes confirmed', subject: '', detail: {} },
    ]);
    return this.round(true);
  }

  private async round(confirm = false): Promise<Text | undefined> {
    try {
      const report = await this.loop.reconcileAnywhere(confirm);
      if (report.errors === 0 && report.skipped === 0) return undefined;
      const reason = report.messages.join('; ');
      const alerts = await this.stores.journal.openAlerts();
      if (alerts.some(({ kind }) => kind === ROUTER_AWAY)) return later(reason);
      return say`Saved, but the router did not take everything: ${reason}`;
    } catch (error) {
      if (error instanceof NoRouterYet) return NO_ROUTER;
      if (error instanceof RouterUnreachable || error instanceof RouterRefused) {
        return later(error.text);
      }
      throw error;
    }
  }
}

function later(reason: Value): Text {
  return say`Saved. It takes effect when the router is back: ${reason}`;
}
