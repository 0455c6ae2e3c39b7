import type { Knex } from 'knex';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

export const EXTERNAL_KINDS = ['plan', 'voucher', 'subscriber', 'payment'] as const;
export type ExternalKind = (typeof EXTERNAL_KINDS)[number];

/** What other programs keep beside a thing of ours. */
export interface ExternalFields {
  /** Their id of it; no two of a kind have the same. */
  externalId: string | null;
  metadata: Readonly<Record<string, string>>;
  /** For people. */
  note: string;
}

interface FieldRow {
  subject: string;
  external_id: string | null;
  metadata: string;
  note: string;
}

export const NO_FIELDS: ExternalFields = { externalId: null, metadata: {}, note: '' };

/** Of vouchers by their code, of others by their id. */
export class ExternalFieldStore {
  constructor(private readonly db: Knex) {}

  /** @returns those that have any, by their subject */
  async of(kind: ExternalKind, subjects: readonly string[]): Promise<Map<string, ExternalFields>> {
    const rows: FieldRow[] = await this.db('external_fields')
      .where({ kind })
      .whereIn('subject', [...subjects]);
    return new Map(
      rows.map(({ subject, external_id: externalId, metadata, note }) => [
        subject,
        { externalId, metadata: JSON.parse(metadata) as Record<string, string>, note },
      ]),
    );
  }

  async subjectOf(kind: ExternalKind, externalId: string): Promise<string | undefined> {
    const row: { subject: string } | undefined = await this.db('external_fields')
      .where({ kind, external_id: externalId })
      .first('subject');
    return row?.subject;
  }

  /** @throws Conflict when another one has that id */
  async save(kind: ExternalKind, subject: string, fields: ExternalFields): Promise<void> {
    const { externalId, metadata, note } = fields;
    const cells = { external_id: externalId, metadata: JSON.stringify(metadata), note };
    await orConflict(say`Another ${kind} has the external id ${externalId}`, async () => {
      await this.db('external_fields')
        .insert({ kind, subject, ...cells })
        .onConflict(['kind', 'subject'])
        .merge(cells);
    });
  }
}
