import type { Clock } from '../../clock';
import { total, type Rates } from '../../domain/units';
import type { Voucher } from '../../domain/vouchers/voucher';
import { parseCode } from '../../domain/vouchers/voucher-code';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import type { LoopAccess } from '../loop/no-router';
import { say } from '../../text';

/** More than any line carries in a year, and sums of it stay exact. */
const MOST_BYTES = 1_000_000_000_000_000;

/** What somebody used that no router of ours counted. */
export interface OutsideUsage {
  /** Whose; one of both. */
  voucher?: string | undefined;
  subscriber?: number | undefined;
  bytes: Rates;
  note: string;
}

/** Usage that other programs count: it is in the history, and counts against the plan, as what routers count. */
export class RecordedUsage {
  constructor(
    private readonly stores: Stores,
    private readonly loop: Pick<LoopAccess, 'nudge'>,
    private readonly clock: Clock,
  ) {}

  /**
   * The loop decides by it with its next round, which is asked for at once.
   * @returns the voucher, or the subscriber's access, with it
   * @throws NotFound, InvalidInput for no bytes or too many, Conflict for one that is not in use
   */
  async record({ bytes, note, ...whose }: OutsideUsage, by: string): Promise<Voucher> {
    const sum = total(bytes);
    if (sum === 0) throw new InvalidInput('Enter how many bytes were used');
    if (!Number.isSafeInteger(sum) || sum > MOST_BYTES || Math.min(bytes.up, bytes.down) < 0) {
      throw new InvalidInput('Bytes are a whole number from 0 to 1 PB');
    }
    const at = this.clock.now();
    const changed = await this.stores.transaction(async (stores) => {
      const { code, status } = await this.voucherOf(whose, stores);
      if (status !== 'active' && status !== 'paused') {
        throw new Conflict(say`${code} is not in use, so nothing is counted for it`);
      }
      await stores.usage.addOutside(code, bytes, at);
      await stores.vouchers.addUsage([{ code, ...bytes, freeBytes: 0, uptimeMs: 0 }]);
      const detail = { bytesUp: bytes.up, bytesDown: bytes.down, note };
      await stores.journal.audit([{ at, who: by, what: 'usage recorded', subject: code, detail }]);
      return (await stores.vouchers.find(code))!;
    });
    this.loop.nudge();
    return changed;
  }

  private async voucherOf(
    { voucher, subscriber }: Pick<OutsideUsage, 'voucher' | 'subscriber'>,
    { vouchers, subscribers }: Stores,
  ): Promise<Voucher> {
    if ((voucher === undefined) === (subscriber === undefined)) {
      throw new InvalidInput('Name a voucher or a subscriber');
    }
    if (voucher !== undefined) {
      const found = await vouchers.find(parseCode(voucher));
      if (!found || found.access) throw new NotFound(say`There is no voucher ${voucher}`);
      return found;
    }
    if (!(await subscribers.find(subscriber!))) {
      throw new NotFound(say`There is no subscriber ${subscriber}`);
    }
    const access = await vouchers.accessOf(subscriber!);
    const found = access && (await vouchers.find(access.code));
    if (!found)
      throw new Conflict(say`Subscriber ${subscriber} cannot come online, so nothing is counted`);
    return found;
  }
}
