import type { Clock } from '../../clock';
import { deed, type AuditEntry, type Deed } from '../../domain/shop/audit-entry';
import { voucherOver, voucherUnrevoked } from '../../domain/notices/event';
import { hasPassed } from '../../domain/policy/policy';
import { isWithin, WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import { formatDuration, type Mac } from '../../domain/units';
import {
  extended,
  isLive,
  timeKind,
  type Voucher,
  type VoucherStatus,
} from '../../domain/vouchers/voucher';
import { parseCode, type Code } from '../../domain/vouchers/voucher-code';
import { statusText } from '../../format/state-text';
import { AppError, Conflict, NotAllowed, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import type { SaleVoid } from '../../store/vouchers/sale-store';
import type { VoucherFilter } from '../../store/vouchers/voucher-store';
import type { LoopAccess } from '../loop/no-router';
import { say, word, type Text } from '../../text';

/** How long a sale at the counter can be undone. */
const SALE_UNDONE_MS = 600_000;
const ENDED = 'voucher ended by staff';
export const REFUNDED = 'sale refunded';
/** Vouchers per statement; more would make it slow. */
const REVOKED_AT_ONCE = 1_000;

/** What became of each of many codes. */
export interface BulkOutcome {
  done: string[];
  refused: { code: string; why: Text }[];
}

/** Everything the books know of one voucher. */
export interface VoucherHistory {
  voucher: Voucher;
  devices: { mac: Mac; ip: string | null }[];
  /** Oldest first, with what was done to its batch before it was sold. */
  history: AuditEntry[];
  saleVoid: SaleVoid | undefined;
}

interface Outcome {
  changed: Voucher;
  done: Deed;
}

/** Finding vouchers, and what staff do to one or to many. */
export class Vouchers {
  constructor(
    private readonly stores: Stores,
    private readonly loop: LoopAccess,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFound */
  async find(typed: string): Promise<Voucher> {
    return findIn(this.stores, parseCode(typed));
  }

  /** The same for a reader. @throws NotFound also for one of another part of the shop */
  async within(scope: Scope, typed: string): Promise<Voucher> {
    const voucher = await this.find(typed);
    if (scope === WHOLE_SHOP) return voucher;
    const { code } = voucher;
    if (isWithin(scope, await this.stores.vouchers.siteOf(code))) return voucher;
    throw new NotFound(say`There is no voucher ${code}`);
  }

  /** Those of these codes whose vouchers are of another part of the shop than the reader's. */
  async codesBeyond(scope: Scope, codes: readonly string[]): Promise<ReadonlySet<string>> {
    if (scope === WHOLE_SHOP) return new Set();
    return this.stores.vouchers.codesBeyond(scope, codes);
  }

  /** In the order of the codes. */
  findAll(codes: readonly string[]): Promise<Voucher[]> {
    return this.stores.vouchers.findAll(codes);
  }

  /** Newest first. */
  list(filter: VoucherFilter): Promise<Voucher[]> {
    return this.stores.vouchers.list(filter);
  }

  /** Those of these codes that nobody used yet; the list may include words that are not codes. */
  openCodesOf(codes: readonly string[]): Promise<ReadonlySet<string>> {
    return this.stores.vouchers.openCodesOf(codes);
  }

  /** @throws NotFound */
  async history(typed: string): Promise<VoucherHistory> {
    const { sessions, journal, sales } = this.stores;
    const voucher = await this.find(typed);
    const { code, batchId, activatedAt } = voucher;
    const ofBatch = batchId === null ? [] : await journal.auditOf(`batch ${batchId}`);
    // Who has the rest of the batch now does not matter for a voucher sold before.
    const made = ofBatch.filter(
      ({ at, what }) => what !== 'batch handed over' || !activatedAt || at <= activatedAt,
    );
    const history = [...made, ...(await journal.auditOf(code))];
    return {
      voucher,
      devices: (await sessions.devicesOf([code])).get(code) ?? [],
      history: history.sort((a, b) => a.at.getTime() - b.at.getTime()),
      saleVoid: await sales.voidOf(code),
    };
  }

  /**
   * Ends a voucher; the loop logs its devices out. A developer code in use becomes unused again; revoked
   * while unused, it is over for good like any other.
   * @param also what belongs to the same transaction
   * @throws NotFound, Conflict when it is already over
   */
  async revoke(
    typed: string,
    by: string,
    also: (stores: Stores, voucher: Voucher) => Promise<void> = () => Promise.resolve(),
  ): Promise<Voucher> {
    return this.change(typed, by, async (voucher, now, stores) => {
      await stores.sessions.endAll(voucher.code, 'revoked', now);
      await stores.events.add([voucherOver(voucher, now, 'revoked')]);
      await also(stores, voucher);
      return {
        changed: revoked(voucher, now),
        done: deed(ENDED, voucher.code, { was: voucher.status }),
      };
    });
  }

  /**
   * Undoes `revoke`: the voucher goes on with what it has left, and its devices may come back. A clock that
   * ran went on running.
   * @throws NotFound, Conflict when staff did not end it, its sale is refunded, or its time is over by now
   */
  async undoRevoke(typed: string, by: string): Promise<Voucher> {
    const code = parseCode(typed);
    const now = this.clock.now();
    const changed = await this.stores.transaction(async (stores) => {
      const voucher = await findIn(stores, code);
      const { status, endedAt, endedFrom, access, expiresAt, stoppedAt } = voucher;
      if (status !== 'revoked' || !endedAt || !endedFrom || access) {
        throw new Conflict(
          say`Voucher ${code} was not ended by staff, so there is nothing to undo`,
        );
      }
      if (isRefunded(await stores.journal.auditOf(code))) {
        throw new Conflict(say`The sale of ${code} is refunded: sell a new voucher`);
      }
      if (hasPassed(expiresAt, stoppedAt ?? now)) {
        throw new Conflict(
          say`The time of voucher ${code} is up by now, so it cannot be brought back`,
        );
      }
      await stores.sessions.reopenAll(code, 'revoked', endedAt);
      const goesOn = { ...voucher, status: endedFrom, endedAt: null, endedFrom: null };
      await stores.vouchers.save([goesOn]);
      await stores.events.add([voucherUnrevoked(goesOn, now)]);
      const detail = { status: goesOn.status };
      await stores.journal.audit([{ at: now, who: by, what: 'end undone', subject: code, detail }]);
      return goesOn;
    });
    this.loop.nudge();
    return changed;
  }

  /**
   * Ends all vouchers in these states, or none when something fails; developer codes in use become unused
   * again, as in `revoke`.
   * @param tell called with the progress, in words
   * @returns how many
   */
  async revokeAll(
    statuses: readonly VoucherStatus[],
    by: string,
    tell: (text: string) => void = () => undefined,
  ): Promise<number> {
    const now = this.clock.now();
    const count = await this.stores.transaction(async ({ vouchers, sessions, journal, events }) => {
      const found: Voucher[] = [];
      for (const status of statuses) found.push(...(await vouchers.list({ status })));
      for (let start = 0; start < found.length; start += REVOKED_AT_ONCE) {
        const part = found.slice(start, start + REVOKED_AT_ONCE);
        tell(`${start} of ${found.length} vouchers revoked`);
        const codes = part.map(({ code }) => code);
        await sessions.endAllOf(codes, 'revoked', now);
        await vouchers.save(part.map((voucher) => revoked(voucher, now)));
        await events.add(part.map((voucher) => voucherOver(voucher, now, 'revoked')));
        await journal.audit(
          part.map(({ code, status }) => ({
            ...({ at: now, who: by, what: ENDED, subject: code } as const),
            detail: { was: status, with: `all ${found.length}` },
          })),
        );
      }
      return found.length;
    });
    this.loop.nudge();
    return count;
  }

  /**
   * Adds time to the validity and to the online time, if a voucher has them.
   * @throws NotFound, Conflict when it is over or no time ends it
   */
  async extend(typed: string, seconds: number, by: string): Promise<Voucher> {
    return this.change(typed, by, (voucher) => {
      const of = timeKind(voucher);
      if (of === null)
        throw new Conflict(say`Voucher ${voucher.code} never ends, so no time can be added`);
      const detail = { by: formatDuration(seconds), of };
      const done = deed('voucher extended', voucher.code, detail);
      return { changed: extended(voucher, seconds), done };
    });
  }

  /**
   * Takes back time that `extend` gave.
   * @throws as `extend`
   */
  async undoExtension(typed: string, seconds: number, by: string): Promise<Voucher> {
    return this.change(typed, by, (voucher) => {
      const of = timeKind(voucher);
      if (of === null)
        throw new Conflict(say`Voucher ${voucher.code} never ends, so no time can be added`);
      const detail = { by: formatDuration(seconds), of };
      const done = deed('extension undone', voucher.code, detail);
      return { changed: extended(voucher, -seconds), done };
    });
  }

  /**
   * Deletes what one tap sold by mistake a moment ago, as a tap on the wrong plan: its maker may, while nobody used
   * any of it.
   * @param typed one of its codes
   * @returns all of them
   * @throws NotFound, NotAllowed for anybody else's, Conflict when it is too late
   */
  async undoSale(typed: string, by: string): Promise<string[]> {
    const { code, createdBy, createdAt } = await this.find(typed);
    if (createdBy !== by) throw new NotAllowed('Only the person who made this voucher can undo it');
    const isLate = this.clock.now().getTime() - createdAt.getTime() > SALE_UNDONE_MS;
    const together = await this.soldTogether(code);
    const isUsed = together.some(({ status }) => status !== 'unused');
    const codes = together.map((one) => one.code);
    const tooLate = new Conflict(say`Too late to undo voucher ${code}`);
    if (isLate || isUsed) throw tooLate;
    await this.stores.transaction(async (stores) => {
      const gone = await this.deleteIn(stores, codes, by, true);
      if (gone.length < codes.length) throw tooLate; // a customer is typing one of them: all stay
    });
    return codes;
  }

  /** Those that one tap at the counter sold with this one; otherwise it alone. */
  async soldTogether(typed: string): Promise<Voucher[]> {
    return this.findAll(await this.stores.vouchers.soldTogether(parseCode(typed)));
  }

  /** Deletes vouchers that nobody used or paid for, for good; the others stay, and so does their money. */
  async deleteUnused(typed: readonly string[], by: string): Promise<BulkOutcome> {
    const codes = typed.map(parseCode);
    const gone = new Set(
      await this.stores.transaction((stores) => this.deleteIn(stores, codes, by)),
    );
    return {
      done: codes.filter((code) => gone.has(code)),
      refused: codes
        .filter((code) => !gone.has(code))
        .map((code) => ({ code, why: say`${code} was sold, used or is not there` })),
    };
  }

  /** @param sold also those that were paid for, as for a tap that is undone. @returns what is gone */
  private async deleteIn(
    { vouchers, journal }: Stores,
    codes: readonly string[],
    by: string,
    sold = false,
  ): Promise<string[]> {
    const entry = { at: this.clock.now(), who: by, what: 'voucher deleted', detail: {} } as const;
    const deleted = await vouchers.deleteUnused(codes, entry.at, sold);
    await journal.audit(deleted.map((code) => ({ ...entry, subject: code })));
    return deleted;
  }

  private async change(
    typed: string,
    by: string,
    how: (voucher: Voucher, now: Date, stores: Stores) => Outcome | Promise<Outcome>,
  ): Promise<Voucher> {
    const code = parseCode(typed);
    const now = this.clock.now();
    const changed = await this.stores.transaction(async (stores) => {
      const voucher = await findIn(stores, code);
      if (!isLive(voucher)) {
        throw new Conflict(
          say`Voucher ${code} is already over: ${word(statusText(voucher.status))}`,
        );
      }
      const outcome = await how(voucher, now, stores);
      await stores.vouchers.save([outcome.changed]);
      await stores.journal.audit([{ at: now, who: by, ...outcome.done }]);
      return outcome.changed;
    });
    this.loop.nudge();
    return changed;
  }
}

/** Inside a transaction with its stores. */
async function findIn({ vouchers }: Stores, code: Code): Promise<Voucher> {
  const voucher = await vouchers.find(code);
  if (!voucher) throw new NotFound(say`There is no voucher ${code}`);
  return voucher;
}

/** Also where nobody had used it, so that the journal of money had no sale to void. */
export function isRefunded(history: readonly AuditEntry[]): boolean {
  return history.some(({ what }) => what === REFUNDED);
}

function revoked(voucher: Voucher, now: Date): Voucher {
  const usedAgain = voucher.developer && voucher.status !== 'unused';
  if (usedAgain) return asNew(voucher);
  return { ...voucher, status: 'revoked', endedAt: now, endedFrom: voucher.status };
}

function asNew(voucher: Voucher): Voucher {
  const never = { activatedAt: null, startedAt: null, expiresAt: null, stoppedAt: null };
  return { ...voucher, ...never, status: 'unused' };
}

/** Does something to each code, one after the other; a failed one does not stop the others. */
export async function forEachCode(
  codes: readonly string[],
  act: (code: string) => Promise<unknown>,
): Promise<BulkOutcome> {
  const outcome: BulkOutcome = { done: [], refused: [] };
  for (const code of codes) {
    try {
      await act(code);
      outcome.done.push(code);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      outcome.refused.push({ code, why: error.text });
    }
  }
  return outcome;
}
