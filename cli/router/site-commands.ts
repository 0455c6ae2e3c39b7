import type { Site, SiteOffer } from '../../src/domain/shop/site';
import type { Plan } from '../../src/domain/plans/plan';
import { parseMoney, formatMoney } from '../../src/domain/units';
import { InvalidInput } from '../../src/errors';
import type { Services } from '../../src/services/services';
import { actor } from '../shell/actor';
import { argument, asTyped, command, consent, option, type Choices } from '../shell/command';
import { textTable } from '../shell/text-table';
import { NONE } from '../commands/settings-commands';
import { say } from '../../src/text';

/** Where routers stand, and what is sold there. */

const NAMES: Choices = {
  question: 'Which site?',
  namedBy: 'sites list',
  find: async ({ services }) =>
    (await services.sites.list()).map(({ name }) => ({ value: name, name })),
};
const NAME = argument('NAME', 'the name of the site', asTyped, NAMES);
const FIRST_ROUTER = option('--first-router <yes/no>', 'the router of .env stands there', yesOrNo);

/** A site as it is shown: plans and routers by their names. */
interface Shown {
  name: string;
  routers: string[];
  otherwise: { plan: string; sold: boolean; price: string | null }[];
}

export const listSites = command({
  name: 'sites list',
  summary: 'Show the sites, their routers, and how each differs from the shop',
  example: 'sites list',
  parameters: {},
  run: async ({ services }) => shownAll(services, await services.sites.list()),
  json: (sites) => sites,
  text: (sites) =>
    textTable(
      [{ title: 'Name', elastic: true }, { title: 'Routers' }, { title: 'Differs from the shop' }],
      sites.map((site) => [
        site.name,
        site.routers.join(', ') || '-',
        site.otherwise.map(offerText).join(', ') || '-',
      ]),
      'There is no site yet: routers add --site NAME makes one, and so does sites add NAME.',
    ),
});

export const addSite = command({
  name: 'sites add',
  summary: 'Add a place where routers stand and vouchers are sold',
  example: 'sites add beach',
  parameters: { name: argument('NAME', 'what you call it', asTyped), firstRouter: FIRST_ROUTER },
  run: async ({ services: { sites } }, { name, firstRouter }) => {
    const site = await sites.add(name, actor());
    if (!firstRouter) return site;
    return sites.edit(site.name, { hasFirstRouter: true }, actor());
  },
  json: ({ name }) => ({ name }),
  text: ({ name }) => `Site ${name} was added. It sells every plan at the shop's prices.`,
});

export const editSite = command({
  name: 'sites edit',
  summary: 'Change the name of a site, or what it sells and at which price',
  example: 'sites edit beach --plan P5 --price 7',
  parameters: {
    name: NAME,
    rename: option('--name <new name>', 'what you call it from now on', asTyped),
    firstRouter: FIRST_ROUTER,
    plan: option('--plan <name>', 'the plan that --price or --sold is about', asTyped),
    price: option('--price <amount>', 'what it costs there; - as in the shop', asTyped),
    sold: option('--sold <yes/no>', 'if no, its new vouchers are not good there either', yesOrNo),
  },
  run: async ({ services }, { name, rename, firstRouter, plan, price, sold }) => {
    if ((plan === undefined) !== (price === undefined && sold === undefined)) {
      throw new InvalidInput('--plan goes together with --price or --sold');
    }
    const site = await services.sites.find(name);
    const offers =
      plan === undefined ? [] : [offerOf(site, await services.plans.find(plan), { price, sold })];
    const changes = { name: rename, hasFirstRouter: firstRouter, offers };
    const edited = await services.sites.edit(site.name, changes, actor());
    return (await shownAll(services, [edited]))[0]!;
  },
  json: (site) => site,
  text: ({ name }) => `Site ${name} was changed. Vouchers made before stay as they are.`,
});

export const removeSite = command({
  name: 'sites remove',
  summary: 'Remove a site at which no router stands any more',
  example: 'sites remove beach --yes',
  parameters: { name: NAME, consent: consent('Its prices are deleted. Remove it?') },
  run: ({ services }, { name }) => services.sites.remove(name, actor()),
  json: ({ name }) => ({ name }),
  text: ({ name }) => `Site ${name} was removed.`,
});

function yesOrNo(typed: string): boolean {
  if (typed === 'yes' || typed === 'no') return typed === 'yes';
  throw new InvalidInput(say`${JSON.stringify(typed)} is neither yes nor no`);
}

function offerOf(
  { offers }: Site,
  { id: planId, terms }: Plan,
  { price, sold }: { price: string | undefined; sold: boolean | undefined },
): SiteOffer {
  const present = offers.find((offer) => offer.planId === planId);
  const amount = (typed: string) =>
    typed.trim() === NONE ? null : parseMoney(typed, terms.price.currency).amount;
  return {
    planId,
    isSold: sold ?? present?.isSold ?? true,
    price: price === undefined ? (present?.price ?? null) : amount(price),
  };
}

async function shownAll(
  { plans, routers }: Pick<Services, 'plans' | 'routers'>,
  sites: readonly Site[],
): Promise<Shown[]> {
  const known = new Map((await plans.list()).map((plan) => [plan.id, plan]));
  const named = new Map(routers.all.map(({ id, title }) => [id, title ?? 'first router']));
  return sites.map((site) => ({
    name: site.name,
    routers: site.routers.map((id) => named.get(id) ?? 'first router'),
    otherwise: site.offers.map(({ planId, isSold, price }) => {
      const { name, terms } = known.get(planId)!;
      const money = price === null ? null : { ...terms.price, amount: price };
      return { plan: name, sold: isSold, price: money && formatMoney(money) };
    }),
  }));
}

function offerText({ plan, sold, price }: Shown['otherwise'][number]): string {
  return sold ? `${plan} ${price}` : `no ${plan}`;
}
