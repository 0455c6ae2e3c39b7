import type { Request } from 'express';
import type { Plan } from '../../../domain/plans/plan';
import type { Site, SiteOffer } from '../../../domain/shop/site';
import { formatMoney, parseMoney, writeMoney } from '../../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../../errors';
import { routerName } from '../../../services/router/router-side';
import { field, fieldList, idParam } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import { isConfirmed } from '../../staff/confirmation';
import type { StaffPages } from '../../staff/staff-pages';
import { redirectWith } from '../../staff/staff-sessions';
import { say } from '../../../text';

const LIST = '/admin/sites';

/** Where the routers stand, and what is sold there. */
export function siteRoutes(pages: StaffPages, { services }: WebParts): void {
  const { sites, plans, routers } = services;

  pages.get('/sites', 'owner', async (_req, res) => {
    res.render('admin/shop/sites', { ...(await listPage()), name: '', message: '' });
  });

  pages.post('/sites', 'owner', async (req, res, me) => {
    const name = field(req, 'name');
    try {
      const { id } = await sites.add(name, me.name);
      redirectWith(req, res, `${LIST}/${id}`, say`${name} was added.`);
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof Conflict)) throw error;
      const page = { ...(await listPage()), name, message: error.text };
      res.status(422).render('admin/shop/sites', page);
    }
  });

  pages.get('/sites/:id', 'owner', async (req, res) => {
    res.render('admin/shop/site', { ...(await sitePage(await find(req))), message: '' });
  });

  pages.post('/sites/:id', 'owner', async (req, res, me) => {
    const site = await find(req);
    try {
      const offers = readOffers(req, await plans.list());
      const hasFirstRouter = field(req, 'first_router') === 'yes';
      const changes = { name: field(req, 'name'), hasFirstRouter, offers };
      await sites.edit(site.name, changes, me.name);
      redirectWith(req, res, LIST, say`Saved. Vouchers made before stay as they are.`);
    } catch (error) {
      if (!(error instanceof InvalidInput || error instanceof Conflict)) throw error;
      const page = { ...(await sitePage(site)), message: error.text };
      res.status(422).render('admin/shop/site', page);
    }
  });

  pages.post('/sites/:id/removal', 'owner', async (req, res, me) => {
    const { id, name } = await find(req);
    const confirmed = isConfirmed(req, res, {
      title: `Remove the site ${name}?`,
      text: 'Its prices are deleted. Vouchers that were made for it stay valid.',
      button: 'Remove it',
      back: `${LIST}/${id}`,
    });
    if (!confirmed) return;
    await sites.remove(name, me.name);
    redirectWith(req, res, LIST, say`${name} was removed.`);
  });

  async function find(req: Request): Promise<Site> {
    const id = idParam(req, 'id');
    const found = (await sites.list()).find((site) => site.id === id);
    if (found) return found;
    throw new NotFound('There is no such site');
  }

  function routersOf(site: Site): string {
    const there = routers.all.filter(({ id }) => site.routers.includes(id));
    return there.map((side) => side.title ?? routerName(side)).join(', ');
  }

  async function listPage() {
    const names = new Map((await plans.list()).map(({ id, name }) => [id, name]));
    return {
      sites: (await sites.list()).map((site) => ({
        ...{ name: site.name, href: `${LIST}/${site.id}`, routers: routersOf(site) },
        notSold: site.offers.flatMap(({ isSold, planId }) =>
          isSold ? [] : (names.get(planId) ?? []),
        ),
        priced: site.offers.filter(({ price }) => price !== null).length,
      })),
    };
  }

  async function sitePage(site: Site) {
    const all = (await plans.list()).filter(({ status }) => status !== 'archived');
    return {
      name: site.name,
      page: `${LIST}/${site.id}`,
      routers: routersOf(site),
      hasFirstRouter: site.routers.includes(0),
      plans: all.map((plan) => planRow(plan, site.offers)),
    };
  }
}

function planRow({ id, name, terms }: Plan, offers: readonly SiteOffer[]) {
  const offer = offers.find(({ planId }) => planId === id);
  const price = offer?.price ?? null;
  return {
    ...{ id, name, isSold: offer?.isSold ?? true, usual: formatMoney(terms.price) },
    price: price === null ? '' : writeMoney({ ...terms.price, amount: price }),
  };
}

/** The form has each plan that it showed, so that one added meanwhile is not taken off sale. */
function readOffers(req: Request, plans: readonly Plan[]): SiteOffer[] {
  const shown = new Set(fieldList(req, 'shown'));
  const sold = new Set(fieldList(req, 'sold'));
  return plans
    .filter(({ id }) => shown.has(String(id)))
    .map(({ id, terms }) => {
      const typed = field(req, `price_${id}`);
      const price = typed === '' ? null : parseMoney(typed, terms.price.currency).amount;
      return { planId: id, isSold: sold.has(String(id)), price };
    });
}
