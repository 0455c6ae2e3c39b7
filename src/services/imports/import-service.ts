import type { Clock } from '../../clock';
import { NoRouterYet } from '../loop/no-router';
import {
  isSameSale,
  type ImportedVoucher,
  type Origin,
  type ReadRow,
} from '../../domain/vouchers/imported-voucher';
import { profileName } from '../../domain/network/network';
import { isLive } from '../../domain/vouchers/voucher';
import { RouterRefused } from '../../errors';
import type { MikhmonUsers, SoldUser } from '../../routeros/mikhmon-users';
import type { Router } from '../../routeros/router';
import { readOldVouchers } from '../../store/database/old-database';
import type { Stores } from '../../store/stores';
import { readMikhmon, type MikhmonProfile, type MikhmonRow } from './mikhmon-vouchers';
import { plainCode, readOldRows } from './old-vouchers';
import { ensureProfile } from '../loop/router/router-writer';

/** What was imported, or in a dry run would be, and what was not. */
export interface ImportOutcome {
  origin: Origin;
  source: string;
  dryRun: boolean;
  taken: ImportedVoucher[];
  /** Codes that an earlier import brought. */
  known: string[];
  /** Codes another voucher of ours has: that one stays as it is. */
  clashes: { where: string; why: string }[];
  unreadable: { where: string; why: string }[];
  remarks: { where: string; remark: string }[];
  /** What Mikhmon's profiles sell. */
  profiles: MikhmonProfile[];
  /** Users on the router that the other program did not make. */
  others: number;
  /** Users on the router that belong to vouchers of ours and are still the other program's. */
  adoptable: number;
  adopted: Adoption | undefined;
}

interface Adoption {
  /** Users that now have our profile, confirmed by reading them back. */
  done: number;
  /** Users that could not have the name and are closed. */
  closed: number;
  loggedOut: number;
  refused: { where: string; why: string }[];
}

/** A user on the router whose voucher is ours. */
interface Adoptable {
  user: SoldUser;
  code: string;
  devices: number;
  where: string;
}

/** Called with the progress, in words. */
type Tell = (text: string) => void;

/** Imports vouchers from the programs a shop used before. */
export class ImportService {
  /** @param side what reads and writes the router; `undefined` until one is set up */
  constructor(
    private readonly stores: Stores,
    private readonly side: { router: Router; mikhmon: MikhmonUsers; name: string } | undefined,
    private readonly clock: Clock,
    private readonly settings: { timeZone: string; currency: string },
  ) {}

  /**
   * All vouchers of the earlier PisoNet program's database, or none when something fails partway. A second
   * import changes nothing.
   * @param zone for times that name none; by default the shop's own
   * @throws InvalidInput when the file is not such a database
   */
  async fromPisonet(
    file: string,
    how: { dryRun: boolean; zone?: string | undefined; by: string },
  ): Promise<ImportOutcome> {
    const { currency } = this.settings;
    const zone = how.zone ?? this.settings.timeZone;
    const found = await readOldVouchers(file);
    const rows = readOldRows(found, { now: this.clock.now(), zone, currency });
    const taken = await this.take(rows, 'pisonet', file, how);
    return { ...taken, profiles: [], others: 0, adoptable: 0 };
  }

  /**
   * The vouchers Mikhmon keeps as users on the router. Those users stay as they are unless they are adopted:
   * then each gets our profile and name, so the loop takes it over when the code is used.
   * @throws RouterUnreachable, RouterRefused
   */
  async fromMikhmon(
    how: { dryRun: boolean; adopt: boolean; by: string },
    tell: Tell = () => undefined,
  ): Promise<ImportOutcome> {
    const { mikhmon, name } = this.need();
    tell('reading the users of the router');
    const found = readMikhmon(await mikhmon.read(), {
      now: this.clock.now(),
      zone: this.settings.timeZone,
      currency: this.settings.currency,
    });
    const { profiles, others } = found;
    const rows = await this.withoutClosed(found.rows);
    tell(`writing ${rows.length} vouchers into the books`);
    const taken = await this.take(rows, 'mikhmon', name, how);
    const open = await this.adoptable(rows, taken);
    const outcome = { ...taken, profiles, others, adoptable: open.length };
    if (how.dryRun || !how.adopt) return outcome;
    return { ...outcome, adopted: await this.adopt(open, how.by, tell) };
  }

  /** Users that an earlier adoption closed are done, not unreadable. */
  private async withoutClosed(rows: readonly MikhmonRow[]): Promise<MikhmonRow[]> {
    const codes = rows.map(({ user }) => (user.disabled ? plainCode(user.name) : ''));
    const known = await this.stores.imports.known(codes);
    return rows.filter((_row, index) => known.get(codes[index]!)?.origin !== 'mikhmon');
  }

  private async take(
    rows: readonly ReadRow[],
    origin: Origin,
    source: string,
    { dryRun, by }: { dryRun: boolean; by: string },
  ): Promise<Omit<ImportOutcome, 'profiles' | 'others' | 'adoptable'>> {
    const at = this.clock.now();
    const readable = rows.flatMap(({ where, voucher }) => (voucher ? [{ where, voucher }] : []));
    const codes = readable.map(({ voucher }) => voucher.code);
    const sorted = await this.stores.transaction(async ({ vouchers, imports, journal }) => {
      const before = await imports.known(codes);
      const held = await vouchers.taken(codes);
      const known: string[] = [];
      const taken: ImportedVoucher[] = [];
      const clashes: ImportOutcome['clashes'] = [];
      for (const { where, voucher } of readable) {
        const earlier = before.get(voucher.code);
        const isSame = earlier?.origin === origin && isSameSale(voucher, earlier.terms);
        if (isSame) known.push(voucher.code);
        else if (earlier || held.has(voucher.code)) {
          const why = `another voucher has the code ${voucher.code}; it stays as it is`;
          clashes.push({ where, why });
        } else taken.push(voucher);
      }
      if (!dryRun && taken.length > 0) {
        const id = await imports.add({ origin, source, by, at }, taken);
        const detail = { origin, source, count: taken.length };
        const subject = `import ${id}`;
        await journal.audit([{ at, who: by, what: 'vouchers imported', subject, detail }]);
      }
      return { known, taken, clashes };
    });
    return {
      origin,
      source,
      dryRun,
      ...sorted,
      unreadable: rows.flatMap(({ where, why }) => (why === undefined ? [] : [{ where, why }])),
      remarks: rows.flatMap(({ where, remark }) =>
        remark === undefined ? [] : [{ where, remark }],
      ),
      adopted: undefined,
    };
  }

  /** Users whose voucher is now ours and still grants something. */
  private async adoptable(
    rows: readonly MikhmonRow[],
    { taken, known }: Pick<ImportOutcome, 'taken' | 'known'>,
  ): Promise<Adoptable[]> {
    const stored = await this.stores.vouchers.findAll(known);
    const live = new Map(stored.filter(isLive).map(({ code, terms }) => [code, terms.devices]));
    for (const one of taken) if (isLive(one)) live.set(one.code, one.devices);
    return rows.flatMap(({ user, voucher, where }) => {
      const devices = voucher && live.get(voucher.code);
      return devices === undefined ? [] : [{ user, code: voucher!.code, devices, where }];
    });
  }

  /** The user first, then its session and its cookies: in the other order it would come back in between. */
  private async adopt(open: readonly Adoptable[], by: string, tell: Tell): Promise<Adoption> {
    const { router, mikhmon } = this.need();
    const adoption: Adoption = { done: 0, closed: 0, loggedOut: 0, refused: [] };
    for (const name of new Set(open.map(({ devices }) => profileName(devices)))) {
      await ensureProfile(router, name);
    }
    await this.takeOver(open, adoption, tell);
    const back = new Map((await mikhmon.read()).users.map((user) => [user.id, user]));
    for (const { user, code, devices, where } of open) {
      const now = back.get(user.id);
      const isOurs = now?.name === code && now.profile === profileName(devices);
      if (isOurs) adoption.done += 1;
      else if (now && !now.disabled && !adoption.refused.some((one) => one.where === where)) {
        adoption.refused.push({ where, why: 'the router took the change and shows the old row' });
      }
    }
    const at = this.clock.now();
    const { done, closed, refused } = adoption;
    const detail = { done, closed, refused: refused.length };
    await this.stores.journal.audit([
      { at, who: by, what: 'users adopted', subject: 'mikhmon', detail },
    ]);
    return adoption;
  }

  /** Sessions end even if the work is interrupted: a session of a removed name would never end. */
  private async takeOver(
    open: readonly Adoptable[],
    adoption: Adoption,
    tell: Tell,
  ): Promise<void> {
    const { mikhmon } = this.need();
    const changed = new Set<string>();
    try {
      for (const [index, { user, code, devices, where }] of open.entries()) {
        if (index % 50 === 0) tell(`taking over users: ${index} of ${open.length}`);
        try {
          await mikhmon.adopt(user.id, code, profileName(devices));
          changed.add(user.name);
        } catch (error) {
          if (!(error instanceof RouterRefused)) throw error;
          // A row of ours already has that name; two would grant the time twice.
          const isClosed = await mikhmon.close(user.id).then(
            () => true,
            () => false,
          );
          if (isClosed) {
            adoption.closed += 1;
            changed.add(user.name);
          } else adoption.refused.push({ where, why: error.message });
        }
      }
    } finally {
      adoption.loggedOut = await this.logOut(changed);
    }
  }

  /**
   * Their devices come back at once by the loop, under their voucher. Also ends what an interrupted adoption
   * left online, under a name without an open user.
   */
  private async logOut(changed: ReadonlySet<string>): Promise<number> {
    const { router, mikhmon } = this.need();
    const { users, active } = await mikhmon.read();
    const cookies = await router.cookies();
    const open = new Set(users.flatMap(({ name, disabled }) => (disabled ? [] : [name])));
    const codes = [...active, ...cookies].map(({ user }) => plainCode(user));
    const known = await this.stores.imports.known(codes);
    const isOver = ({ user }: { user: string }) =>
      changed.has(user) || (!open.has(user) && known.get(plainCode(user))?.origin === 'mikhmon');
    const sessions = active.filter(isOver);
    for (const { id } of sessions) await router.removeActive(id);
    for (const { id } of cookies.filter(isOver)) await router.removeCookie(id);
    return sessions.length;
  }

  private need() {
    if (this.side) return this.side;
    throw new NoRouterYet();
  }
}
