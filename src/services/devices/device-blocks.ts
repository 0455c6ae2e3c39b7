import type { Clock } from '../../clock';
import type { Mac } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { BlockedDevice } from '../../store/vouchers/block-store';
import type { Stores } from '../../store/stores';
import type { LoopAccess } from '../loop/no-router';
import { say } from '../../text';

const LONGEST_REASON = 200;

/** Devices that are not let in at all. The loop removes them; what they bought runs on as it was sold. */
export class DeviceBlocks {
  constructor(
    private readonly stores: Stores,
    private readonly loop: LoopAccess,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(): Promise<BlockedDevice[]> {
    return this.stores.blocks.list();
  }

  /** @throws InvalidInput without a reason, Conflict when it is already blocked */
  async block(mac: Mac, typed: string, by: string): Promise<void> {
    const reason = typed.trim();
    if (reason === '') throw new InvalidInput('Enter why the device is blocked');
    if (reason.length > LONGEST_REASON) {
      throw new InvalidInput(say`Make it shorter: at most ${LONGEST_REASON} letters`);
    }
    const at = this.clock.now();
    await this.stores.transaction(async ({ blocks, journal }) => {
      const isNew = await blocks.add({ mac, reason, by, at });
      if (!isNew) throw new Conflict(say`${mac} is already blocked`);
      const detail = { reason };
      await journal.audit([{ at, who: by, what: 'device blocked', subject: mac, detail }]);
    });
    this.loop.nudge();
  }

  /** @throws NotFound when it is not blocked */
  async unblock(mac: Mac, by: string): Promise<void> {
    const at = this.clock.now();
    await this.stores.transaction(async ({ blocks, journal }) => {
      const before = await blocks.find(mac);
      if (!before) throw new NotFound(say`${mac} is not blocked`);
      await blocks.remove(mac);
      const was = { reason: before.reason, by: before.by, at: before.at.toISOString() };
      const detail = { before: was, after: null };
      await journal.audit([{ at, who: by, what: 'device unblocked', subject: mac, detail }]);
    });
    this.loop.nudge();
  }
}
