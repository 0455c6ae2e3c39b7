import type { Knex } from 'knex';
import { isPostgres } from '../database/dialect';

/** What we know of a router, and which process is its controller. */
export interface RouterRecord {
  id: number;
  serial: string | null;
  certificate: string | null;
  /** How many starts of the router we have seen. */
  boot: number;
  /** At the last round; `null` for a router that was never observed. */
  uptimeMs: number | null;
  /** The last round, at this router or the one it replaced. */
  observedAt: Date | null;
  asked: number;
  served: number;
  /** The highest `asked` that came with permission to override the safety catch. */
  confirmed: number;
  report: string | null;
  lease: Lease | null;
}

export interface Lease {
  holder: string;
  host: string;
  pid: number;
  until: Date;
}

interface RouterRow {
  id: number;
  serial: string | null;
  certificate: string | null;
  boot: number;
  uptime_ms: number | string | null;
  looked_at: string | null;
  asked: number;
  served: number;
  confirmed: number;
  report: string | null;
  lease_holder: string | null;
  lease_host: string | null;
  lease_pid: number | null;
  lease_until: string | null;
}

export class RouterStore {
  constructor(private readonly db: Knex) {}

  /** Whether programs of other computers and containers may have leases here. */
  get isOnServer(): boolean {
    return isPostgres(this.db);
  }

  /** The record of the router at this address, made if it does not exist. */
  async at(address: string): Promise<RouterRecord> {
    await this.db('routers').insert({ address }).onConflict('address').ignore();
    const row: RouterRow = await this.db('routers').where({ address }).first();
    return toRecord(row);
  }

  /** Leases of all routers, expired or not. */
  async leases(): Promise<Lease[]> {
    const rows = await this.db<RouterRow>('routers');
    return rows.flatMap((row) => toRecord(row).lease ?? []);
  }

  /** All routers, by their number. */
  async all(): Promise<RouterRecord[]> {
    const rows: RouterRow[] = await this.db('routers').orderBy('id');
    return rows.map(toRecord);
  }

  /** When a round last saw one of them; `null` in new books. */
  async lastLook(): Promise<Date | null> {
    const [row] = await this.db('routers').max<{ at: string | null }[]>('looked_at as at');
    return row?.at ? new Date(row.at) : null;
  }

  async get(id: number): Promise<RouterRecord> {
    return toRecord((await this.db('routers').where({ id }).first()) as RouterRow);
  }

  async identify(
    id: number,
    identity: { serial: string | undefined; name: string; version: string; board: string },
  ): Promise<void> {
    const { serial, name, version, board } = identity;
    await this.db('routers')
      .where({ id })
      .update({ name, version, board, ...(serial === undefined ? {} : { serial }) });
  }

  /**
   * Another router is in its place: what we knew of uptime and counters is not of this one. The time of
   * the last round stays: it tells since when customers were without a router, and whether our clock is
   * behind.
   */
  async startAnew(id: number): Promise<void> {
    await this.db('routers')
      .where({ id })
      .update({ boot: this.db.raw('boot + 1'), uptime_ms: null });
  }

  /**
   * A router we know by its serial number answers at another address: its record moves there, and the
   * empty one that was just made for that address is deleted. True when there was such a router.
   */
  async moveHere(serial: string, emptyId: number, address: string): Promise<boolean> {
    return this.db.transaction(async (trx) => {
      const known = await trx<RouterRow>('routers')
        .where({ serial })
        .whereNot({ id: emptyId })
        .whereNull('key')
        .first();
      const isAdded = await trx('routers').where({ id: emptyId }).whereNotNull('key').first('id');
      if (!known || isAdded) return false;
      await trx('routers').where({ id: emptyId }).delete();
      await trx('routers').where({ id: known.id }).update({ address });
      return true;
    });
  }

  async pinCertificate(id: number, fingerprint: string | null): Promise<void> {
    await this.db('routers').where({ id }).update({ certificate: fingerprint });
  }

  async saveObservation(id: number, boot: number, uptimeMs: number, at: Date): Promise<void> {
    await this.db('routers')
      .where({ id })
      .update({ boot, uptime_ms: uptimeMs, looked_at: at.toISOString() });
  }

  /** Our clock was set: when the other routers were last seen, and since when they are down, moves along. */
  async moveOthers(id: number, jumpMs: number): Promise<void> {
    const moved = (at: string) => new Date(new Date(at).getTime() + jumpMs).toISOString();
    const seen = await this.db<RouterRow>('routers').whereNot({ id }).whereNotNull('looked_at');
    for (const { id: other, looked_at } of seen) {
      await this.db('routers')
        .where({ id: other })
        .update({ looked_at: moved(looked_at!) });
    }
    const open: { id: number; from_at: string; noticed_at: string }[] = await this.db('outages')
      .whereNot({ router_id: id })
      .whereNull('to_at');
    for (const { id: outage, from_at, noticed_at } of open) {
      const times = { from_at: moved(from_at), noticed_at: moved(noticed_at) };
      await this.db('outages').where({ id: outage }).update(times);
    }
  }

  /**
   * Takes the lease where it is free. True when it is ours now: the condition is part of the update, so
   * two processes are never both the controller.
   * @param dead a holder known not to live any more, whose lease need not expire first
   */
  async takeLease(id: number, lease: Lease, now: Date, dead: string | null): Promise<boolean> {
    const taken = await this.db('routers')
      .where({ id })
      .whereNull('removed_at')
      .where((free) =>
        free
          .whereNull('lease_holder')
          .orWhere('lease_holder', dead ?? '')
          .orWhere('lease_until', '<=', now.toISOString()),
      )
      .update({
        lease_holder: lease.holder,
        lease_host: lease.host,
        lease_pid: lease.pid,
        lease_until: lease.until.toISOString(),
      });
    return taken === 1;
  }

  /** False when somebody else took the lease since, even if that one gave it back. */
  async renewLease(id: number, { holder, until }: Lease): Promise<boolean> {
    const renewed = await this.db('routers')
      .where({ id, lease_holder: holder })
      .update({ lease_until: until.toISOString() });
    return renewed === 1;
  }

  /**
   * Renews leases of one program together, on PostgreSQL. A row that a round is writing is left out: the round
   * renews it, and waiting for it could end in a deadlock.
   * @returns the holders whose lease was renewed
   */
  async renewLeases(holders: readonly string[], until: Date): Promise<string[]> {
    const ours = this.db('routers').select('id').whereIn('lease_holder', holders);
    const renewed: { lease_holder: string }[] = await this.db('routers')
      .whereIn('id', ours.forUpdate().skipLocked())
      .whereIn('lease_holder', holders)
      .update({ lease_until: until.toISOString() })
      .returning('lease_holder');
    return renewed.map(({ lease_holder }) => lease_holder);
  }

  async dropLease(id: number, holder: string): Promise<void> {
    await this.db('routers').where({ id, lease_holder: holder }).update({
      lease_holder: null,
      lease_host: null,
      lease_pid: null,
      lease_until: null,
    });
  }

  /** Asks the controller for a round. @returns the ticket that `served` will reach */
  async ask(id: number, confirm: boolean): Promise<number> {
    const [row] = await this.db('routers')
      .where({ id })
      .update({
        asked: this.db.raw('asked + 1'),
        ...(confirm ? { confirmed: this.db.raw('asked + 1') } : {}),
      })
      .returning<{ asked: number }[]>('asked');
    return row!.asked;
  }

  async serve(id: number, ticket: number, report: string): Promise<void> {
    await this.db('routers').where({ id }).update({ served: ticket, report });
  }
}

function toRecord(row: RouterRow): RouterRecord {
  return {
    id: row.id,
    serial: row.serial,
    certificate: row.certificate,
    boot: row.boot,
    uptimeMs: row.uptime_ms === null ? null : Number(row.uptime_ms),
    observedAt: row.looked_at === null ? null : new Date(row.looked_at),
    asked: row.asked,
    served: row.served,
    confirmed: row.confirmed,
    report: row.report,
    lease:
      row.lease_holder && row.lease_until
        ? {
            holder: row.lease_holder,
            host: row.lease_host ?? '',
            pid: row.lease_pid ?? 0,
            until: new Date(row.lease_until),
          }
        : null,
  };
}
