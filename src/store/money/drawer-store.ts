import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import type { Drawer, DrawerCount } from '../../domain/money/drawer';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

interface DrawerRow extends Record<'seller' | 'currency' | 'opened_at' | 'opened_by', string> {
  id: number;
  float_minor: number | string;
  after_seq: number | string;
  counted_at: string | null;
  counted_by: string | null;
  counted_minor: number | string | null;
  expected_minor: number | string | null;
  last_seq: number | string | null;
}

export interface DrawerFilter {
  seller?: string | undefined;
  /** Open at some time from then on. */
  from?: Date | undefined;
  /** Opened before. */
  to?: Date | undefined;
}

/** The shifts of sellers; each of them has at most one open drawer. */
export class DrawerStore {
  constructor(private readonly db: Knex) {}

  /** @throws Conflict when this seller's drawer is open already */
  async open(drawer: Omit<Drawer, 'id' | 'count'>): Promise<number> {
    const { seller, float, openedAt, openedBy, afterSeq } = drawer;
    const [row] = await orConflict(
      say`The drawer of ${seller} is open already; count it first`,
      () =>
        this.db('drawers')
          .insert({
            ...{ seller, currency: float.currency, float_minor: float.amount },
            ...{ opened_at: isoTime(openedAt), opened_by: openedBy, after_seq: afterSeq },
          })
          .returning<{ id: number }[]>('id'),
    );
    return row!.id;
  }

  /** @returns false if it was counted already */
  async count(id: number, { at, by, counted, expected, lastSeq }: DrawerCount): Promise<boolean> {
    const changed = await this.db('drawers')
      .where({ id })
      .whereNull('counted_at')
      .update({
        ...{ counted_at: isoTime(at), counted_by: by, counted_minor: counted },
        ...{ expected_minor: expected, last_seq: lastSeq },
      });
    return changed === 1;
  }

  /** The longest open first. */
  async openOnes(): Promise<Drawer[]> {
    const rows = await this.db<DrawerRow>('drawers').whereNull('counted_at').orderBy('id');
    return rows.map(toDrawer);
  }

  async openOf(seller: string): Promise<Drawer | undefined> {
    const row = await this.db<DrawerRow>('drawers')
      .where({ seller })
      .whereNull('counted_at')
      .first();
    return row && toDrawer(row);
  }

  async find(id: number): Promise<Drawer | undefined> {
    const row = await this.db<DrawerRow>('drawers').where({ id }).first();
    return row && toDrawer(row);
  }

  /** Everybody who had one. */
  async sellers(): Promise<string[]> {
    return this.db('drawers').distinct('seller').pluck('seller');
  }

  /** In the order in which they were opened. */
  async list({ seller, from, to }: DrawerFilter = {}): Promise<Drawer[]> {
    const query = this.db<DrawerRow>('drawers').orderBy('id');
    if (seller !== undefined) void query.where({ seller });
    if (to) void query.where('opened_at', '<', to.toISOString());
    if (from) {
      void query.where((one) => {
        void one.whereNull('counted_at').orWhere('counted_at', '>=', from.toISOString());
      });
    }
    return (await query).map(toDrawer);
  }
}

function toDrawer(row: DrawerRow): Drawer {
  return {
    ...{ id: row.id, seller: row.seller },
    float: { amount: Number(row.float_minor), currency: row.currency },
    ...{ openedAt: new Date(row.opened_at), openedBy: row.opened_by },
    afterSeq: Number(row.after_seq),
    count:
      row.counted_at === null
        ? null
        : {
            ...{ at: new Date(row.counted_at), by: row.counted_by! },
            ...{ counted: Number(row.counted_minor), expected: Number(row.expected_minor) },
            lastSeq: Number(row.last_seq),
          },
  };
}
