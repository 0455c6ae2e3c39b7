import type { Knex } from 'knex';
import type { AuditEntry } from '../domain/books';
import { bulkInsert } from './bulk';

export interface Alert {
  id: number;
  kind: string;
  subject: string;
  message: string;
  raisedAt: Date;
  clearedAt: Date | null;
}

interface AuditRow {
  id: number;
  at: string;
  who: string;
  what: string;
  subject: string;
  detail: string;
}

/** Who did what, and what is wrong now. */
export class JournalStore {
  constructor(private readonly db: Knex) {}

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
    return rows.map(toEntry);
  }

  /** What happened after this entry, oldest first; 0 for everything. */
  async auditAfter(id: number): Promise<(AuditEntry & { id: number })[]> {
    const rows = (await this.db('audit').where('id', '>', id).orderBy('id')) as AuditRow[];
    return rows.map((row) => ({ ...toEntry(row), id: row.id }));
  }

  /** Raises an alert; one that is up already stays as it is. True when it is new. */
  async raise(kind: string, subject: string, message: string, now: Date): Promise<boolean> {
    const open = await this.db('alerts')
      .where({ kind, subject })
      .whereNull('cleared_at')
      .first('id');
    if (open) return false;
    const alert = { kind, subject, message, raised_at: now.toISOString() };
    await this.db('alerts').insert(alert).onConflict().ignore(); // another process may be quicker
    return true;
  }

  async clear(kind: string, subject: string, now: Date): Promise<void> {
    await this.db('alerts')
      .where({ kind, subject })
      .whereNull('cleared_at')
      .update({ cleared_at: now.toISOString() });
  }

  /** Clears alerts of a kind whose subjects are not among these any more. */
  async clearOthers(kind: string, subjects: readonly string[], now: Date): Promise<void> {
    await this.db('alerts')
      .where({ kind })
      .whereNull('cleared_at')
      .whereNotIn('subject', [...subjects])
      .update({ cleared_at: now.toISOString() });
  }

  async openAlerts(): Promise<Alert[]> {
    const rows: {
      id: number;
      kind: string;
      subject: string;
      message: string;
      raised_at: string;
      cleared_at: string | null;
    }[] = await this.db('alerts').whereNull('cleared_at').orderBy('id');
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

function toEntry({ at, who, what, subject, detail }: AuditRow): AuditEntry {
  return {
    at: new Date(at),
    who,
    what,
    subject,
    detail: JSON.parse(detail) as AuditEntry['detail'],
  };
}
