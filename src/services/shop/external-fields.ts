import type { Clock } from '../../clock';
import {
  NO_FIELDS,
  type ExternalFields as Fields,
  type ExternalKind,
} from '../../store/shop/external-field-store';
import type { Stores } from '../../store/stores';

const EXTERNAL_CHANGED = 'data of another program changed';

/** What is to change; what is left out stays. */
export type FieldChanges = { [Name in keyof Fields]?: Fields[Name] | undefined };

/** What other programs keep beside vouchers, subscribers and payments. */
export class ExternalFields {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  async of(kind: ExternalKind, subject: string | number): Promise<Fields> {
    return (await this.ofAll(kind, [subject])).get(String(subject)) ?? NO_FIELDS;
  }

  /** Only of those that have any. */
  ofAll(kind: ExternalKind, subjects: readonly (string | number)[]): Promise<Map<string, Fields>> {
    return this.stores.externalFields.of(kind, subjects.map(String));
  }

  /** Which one has this id of another program. */
  subjectOf(kind: ExternalKind, externalId: string): Promise<string | undefined> {
    return this.stores.externalFields.subjectOf(kind, externalId);
  }

  /**
   * Makes or changes something, and what is kept beside it, or neither.
   * @param work on the books alone
   * @param subjectOf what it is called, from what the work returned
   * @throws Conflict when another one of the kind has that external id
   */
  async beside<T>(
    kind: ExternalKind,
    changes: FieldChanges,
    by: string,
    work: () => Promise<T>,
    subjectOf: (done: T) => string | number,
  ): Promise<T> {
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    if (given.length === 0) return work();
    return this.stores.together(async () => {
      const done = await work();
      const subject = String(subjectOf(done));
      const at = this.clock.now();
      await this.stores.outsideLoopState(async ({ externalFields, journal }) => {
        const present = (await externalFields.of(kind, [subject])).get(subject) ?? NO_FIELDS;
        await externalFields.save(kind, subject, { ...present, ...Object.fromEntries(given) });
        const about = kind === 'voucher' ? subject : `${kind} ${subject}`;
        const detail = Object.fromEntries(given);
        await journal.audit([{ at, who: by, what: EXTERNAL_CHANGED, subject: about, detail }]);
      });
      return done;
    });
  }
}
