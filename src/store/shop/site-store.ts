import type { Knex } from 'knex';
import type { Site, SiteOffer } from '../../domain/shop/site';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

interface SiteRow {
  id: number;
  name: string;
  has_first_router: number;
}

interface OfferRow {
  site_id: number;
  plan_id: number;
  is_sold: number;
  price_minor: number | string | null;
}

/** The sites of a shop: what each sells otherwise than the shop, and which routers stand there. */
export class SiteStore {
  constructor(private readonly db: Knex) {}

  /** By name. */
  async list(): Promise<Site[]> {
    const sites: SiteRow[] = await this.db('sites').orderBy('name');
    if (sites.length === 0) return [];
    const routers: { id: number; site_id: number }[] = await this.db('routers')
      .whereNotNull('site_id')
      .whereNull('removed_at')
      .orderBy('id')
      .select('id', 'site_id');
    const offers: OfferRow[] = await this.db('site_plans').orderBy(['site_id', 'plan_id']);
    return sites.map(({ id, name, has_first_router }) => ({
      ...{ id, name },
      routers: [
        ...(has_first_router === 1 ? [0] : []),
        ...routers.filter(({ site_id }) => site_id === id).map((router) => router.id),
      ],
      offers: offers.filter(({ site_id }) => site_id === id).map(toOffer),
    }));
  }

  /** The site at which a router stands. @param router 0 is that of the environment */
  async ofRouter(router: number): Promise<number | undefined> {
    const row: { id: number } | undefined =
      router === 0
        ? await this.db('sites').where({ has_first_router: 1 }).first('id')
        : await this.db('routers').where({ id: router }).first('site_id as id');
    return row?.id ?? undefined;
  }

  /** @throws Conflict when the name is taken */
  async add(name: string): Promise<number> {
    const [row] = await orConflict(say`There is a site called ${name} already`, () =>
      this.db('sites').insert({ name }).returning<{ id: number }[]>('id'),
    );
    return row!.id;
  }

  /** @throws Conflict when the name is taken */
  async rename(id: number, name: string): Promise<void> {
    await orConflict(say`There is a site called ${name} already`, () =>
      this.db('sites').where({ id }).update({ name }),
    );
  }

  /** Where the router of the environment stands; at one site at most. */
  async placeFirstRouter(id: number, isHere: boolean): Promise<void> {
    if (isHere) await this.db('sites').whereNot({ id }).update({ has_first_router: 0 });
    await this.db('sites')
      .where({ id })
      .update({ has_first_router: isHere ? 1 : 0 });
  }

  async setOffer(id: number, { planId, isSold, price }: SiteOffer): Promise<void> {
    const key = { site_id: id, plan_id: planId };
    await this.db('site_plans').where(key).delete();
    if (isSold && price === null) return;
    await this.db('site_plans').insert({ ...key, is_sold: isSold ? 1 : 0, price_minor: price });
  }

  /** Batches made for it are anybody's to sell from now on, and its coin boxes for customers of the whole shop. */
  async remove(id: number): Promise<void> {
    await this.db('site_plans').where({ site_id: id }).delete();
    await this.db('batches').where({ site_id: id }).update({ site_id: null });
    await this.db('coin_boxes').where({ site_id: id }).update({ site_id: null });
    await this.db('sites').where({ id }).delete();
  }
}

function toOffer({ plan_id, is_sold, price_minor }: OfferRow): SiteOffer {
  return {
    planId: plan_id,
    isSold: is_sold === 1,
    price: price_minor === null ? null : Number(price_minor),
  };
}
