import type { Knex } from 'knex';
import type { AuditEntry } from '../../domain/shop/audit-entry';
import { alertCleared, alertRaised, type AlertKind } from '../../domain/notices/event';
import { bulkInsert, deleteSome } from '../database/bulk';
import { EventStore } from '../notices/event-store';

export interface Alert {
  id: number;
  kind: string;
  subject: string;
  message: string;
  raisedAt: Date;
  clearedAt: Date | null;
}

export interface AuditRow {
  id: number;
  at: string;
  who: string;
  what: string;
  subject: string;
  detail: string;
}

interface AlertRow {
  id: number;
  router_id: number;
  kind: string;
  subject: string;
  message: string;
  raised_at: string;
  cleared_at: string | null;
}

/**
 * Customers are in the audit by their hardware address; no account's name has a colon. A literal as in
 * the index, not a parameter, or the index would not be used.
 */
const IS_CUSTOMER = `who like '__:__:__:__:__:__'`;

/** Who did what, and what is wrong now. */
export class JournalStore {
  /** @param router whose alerts a loop raises and clears */
  constructor(
    private readonly db: Knex,
    private readonly router: { id: number; name?: string | undefined } = { id: 0 },
  ) {}

  async audit(entries: readonly AuditEntry[]): Promise<void> {
    await bulkInsert(
      this.db,
      'audit',
      { at: 'text', who: 'text', what: 'text', subject: 'text', detail: 'text' },
      entries.map(({ at, who, what, subject, detail }) => [
        at.toISOString(),
        who,
        what,
        subject,
        JSON.stringify(detail),
      ]),
    );
  }

  /** Everything that happened to one voucher, device or account, oldest first. */
  async auditOf(subject: string): Promise<AuditEntry[]> {
    const rows = (await this.db('audit').where({ subject }).orderBy('id')) as AuditRow[];
    return rows.map(toAuditEntry);
  }

  /** What happened after this entry, oldest first; 0 for everything. */
  async auditAfter(id: number): Promise<(AuditEntry & { id: number })[]> {
    const rows = (await this.db('audit').where('id', '>', id).orderBy('id')) as AuditRow[];
    return rows.map((row) => ({ ...toAuditEntry(row), id: row.id }));
  }

  /**
   * Raises an alert and its event; one that is up already stays as it is. True when it is new. Nothing is
   * written, and nothing locked, when it is up.
   */
  async raise(kind: AlertKind, subject: string, message: string, now: Date): Promise<boolean> {
    const named = this.named(subject);
    const open = await this.open({ kind, subject: named }).first('id');
    if (open) return false;
    const text = this.named(message);
    return this.db.transaction(async (trx) => {
      const alert = { kind, subject: named, message: text };
      const row = { ...alert, raised_at: now.toISOString(), router_id: this.router.id };
      const added: { id: number }[] = await trx('alerts')
        .insert(row)
        .onConflict() // another process may be quicker
        .ignore()
        .returning('id');
      if (added.length === 0) return false;
      await new EventStore(trx).add(alertRaised(alert, now));
      return true;
    });
  }

  /** @param by who cleared it; not given when its cause is gone */
  async clear(kind: string, subject: string, now: Date, by: string | null = null): Promise<void> {
    await this.clearAll(this.open({ kind, subject: this.named(subject) }), now, by);
  }

  /** Clears this router's alerts of a kind whose subjects are not among these any more. */
  async clearOthers(kind: AlertKind, subjects: readonly string[], now: Date): Promise<void> {
    const kept = subjects.map((subject) => this.named(subject));
    const others = this.open({ kind, router_id: this.router.id });
    await this.clearAll(others.whereNotIn('subject', kept), now, null);
  }

  /** Where there are several routers, people must see which one it is. */
  private named(text: string): string {
    const { name } = this.router;
    if (name === undefined) return text;
    return text === '' ? name : `${name}: ${text}`;
  }

  private async clearAll(
    open: Knex.QueryBuilder<AlertRow>,
    now: Date,
    by: string | null,
  ): Promise<void> {
    const found: { id: number }[] = await open.select('id');
    if (found.length === 0) return;
    await this.db.transaction(async (trx) => {
      const cleared: AlertRow[] = await trx<AlertRow>('alerts')
        .whereIn(
          'id',
          found.map(({ id }) => id),
        )
        .whereNull('cleared_at')
        .update({ cleared_at: now.toISOString() })
        .returning('*');
      const events = cleared.flatMap((row) => alertCleared(row, new Date(row.raised_at), now, by));
      await new EventStore(trx).add(events);
    });
  }

  private open(where: {
    kind: string;
    subject?: string;
    router_id?: number;
  }): Knex.QueryBuilder<AlertRow> {
    return this.db<AlertRow>('alerts').where(where).whereNull('cleared_at');
  }

  /** Deletes alerts that were cleared before then, at most this many. @returns whether there may be more */
  async forgetAlerts(before: Date, most: number): Promise<boolean> {
    return deleteSome(this.db, 'alerts', ['id'], most, (old) => {
      void old.where('cleared_at', '<', before.toISOString());
    });
  }

  /**
   * Deletes audit entries of the loop and of customers from before then, at most this many; those of
   * staff stay. @returns whether there may be more
   */
  async forgetAudit(before: Date, most: number): Promise<boolean> {
    const at = before.toISOString();
    // Found by who wrote it, oldest first, up to the last entry of that time: entries of staff, which stay
    // forever, are not searched each time. One dated by a clock that was set back is deleted some days
    // later.
    const last = this.db('audit').select('id').where('at', '<', at).orderBy('at', 'desc').limit(1);
    const isOld = (old: Knex.QueryBuilder) => {
      void old.where('id', '<=', last.clone()).where('at', '<', at);
    };
    const ofLoop = await deleteSome(this.db, 'audit', ['id'], most, (old) => {
      void old.where({ who: 'loop' }).modify(isOld);
    });
    if (ofLoop) return true;
    return deleteSome(this.db, 'audit', ['id'], most, (old) => {
      void old.whereRaw(IS_CUSTOMER).modify(isOld);
    });
  }

  async openAlerts(): Promise<Alert[]> {
    const rows: AlertRow[] = await this.db('alerts').whereNull('cleared_at').orderBy('id');
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      subject: row.subject,
      message: row.message,
      raisedAt: new Date(row.raised_at),
      clearedAt: row.cleared_at === null ? null : new Date(row.cleared_at),
    }));
  }
}

/** A row of the audit, without its number. */
export function toAuditEntry({ at, who, what, subject, detail }: AuditRow): AuditEntry {
  return { at: new Date(at), who, what, subject, detail: JSON.parse(detail) } as AuditEntry;
}
