import { denominationsText, ratesText, type StrayCoins } from '../../../domain/coin-box/coin-box';
import { formatMoney, parseMac, parseMoney } from '../../../domain/units';
import { closedText } from '../../../format/drawer-text';
import type { BoxOverview } from '../../../services/coin-box/coin-boxes';
import { NOTHING, timeText } from '../../format/web-format';
import { field, idParam, param } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import type { StaffPages } from '../../staff/staff-pages';
import { flash, redirectWith } from '../../staff/staff-sessions';
import { say } from '../../../text';

const PAGE = '/admin/coin-boxes';

/** Boxes with a coin slot: pairing them, what they take and sell, their coins, and coins that nobody spent. */
export function coinBoxPages(pages: StaffPages, { services }: WebParts): void {
  const { coinBoxes, coinPairing } = services;
  const zone = () => services.shop.get().timeZone;

  pages.get('/coin-boxes', 'operator', async (_req, res, me) => {
    const boxes = await coinBoxes.list();
    const names = new Map(boxes.map(({ id, name }) => [id, name]));
    const isOwner = me.role === 'owner';
    res.render('admin/money/coin-boxes', {
      ...{ isOwner, mayCollect: isOwner || me.role === 'manager' },
      boxes: boxes.map(boxRow),
      waiting: isOwner ? (await coinPairing.waiting()).length : 0,
      plans: isOwner ? (await services.plans.list()).map(({ name }) => name) : [],
      sites: isOwner ? (await services.sites.list()).map(({ name }) => name) : [],
      strays: (await coinBoxes.strays()).map((stray) => strayRow(stray, names)),
      credits: (await coinBoxes.credits()).map(({ mac, amount, currency, at }) => ({
        ...{ mac, amount: formatMoney({ amount, currency }), at: timeText(at, zone()) },
      })),
    });
  });

  pages.post('/coin-boxes', 'owner', async (req, res, me) => {
    const order = { name: field(req, 'name'), plan: field(req, 'plan'), site: field(req, 'site') };
    const { name } = await coinPairing.pair(field(req, 'number'), order, me.name);
    redirectWith(req, res, PAGE, say`The coin box ${name} is paired.`);
  });

  pages.post('/coin-boxes/:id', 'owner', async (req, res, me) => {
    const change = {
      ...{ plan: field(req, 'plan'), site: field(req, 'site') },
      ...{ coins: field(req, 'coins'), rates: field(req, 'rates') },
    };
    const { name } = await coinBoxes.edit(param(req, 'id'), change, me.name);
    redirectWith(req, res, PAGE, say`The coin box ${name} is changed.`);
  });

  pages.post('/coin-boxes/:id/removal', 'owner', async (req, res, me) => {
    const { name } = await coinBoxes.find(param(req, 'id'));
    await coinBoxes.remove(param(req, 'id'), me.name);
    redirectWith(req, res, PAGE, say`The coin box ${name} is removed.`);
  });

  pages.post('/coin-boxes/:id/collection', 'manager', async (req, res, me) => {
    const { currency } = await coinBoxes.find(param(req, 'id'));
    const counted = parseMoney(field(req, 'amount'), currency);
    const drawer = await coinBoxes.collect(param(req, 'id'), counted, me.name);
    const isExact = drawer.count?.counted === drawer.count?.expected;
    flash(req, isExact ? 'good' : 'bad', closedText(drawer));
    res.redirect(303, PAGE);
  });

  pages.post('/coin-strays/:id/settlement', 'owner', async (req, res, me) => {
    const isKept = field(req, 'keep') === 'yes';
    const mac = isKept ? undefined : parseMac(field(req, 'mac'));
    await coinBoxes.settle(idParam(req, 'id'), mac, me.name);
    redirectWith(req, res, PAGE, say`The coins are settled.`);
  });

  pages.post('/coin-credits/:mac/payout', 'operator', async (req, res, me) => {
    const money = await coinBoxes.payOut(parseMac(param(req, 'mac')), me.name);
    redirectWith(req, res, PAGE, say`Give ${formatMoney(money)} back from your drawer.`);
  });

  function boxRow(box: BoxOverview) {
    const { id, name, plan, site, currency, isAway, seenAt, since, firmware } = box;
    return {
      ...{ id, name, plan, site: site ?? '', isAway, firmware: firmware ?? NOTHING },
      seen: seenAt ? timeText(seenAt, zone()) : NOTHING,
      since: since ? timeText(since, zone()) : NOTHING,
      coins: denominationsText(box.denominations, currency),
      rates: ratesText(box.rates, currency),
    };
  }

  function strayRow({ id, boxId, at, amount, currency }: StrayCoins, names: Map<number, string>) {
    const money = formatMoney({ amount, currency });
    return { id, box: names.get(boxId) ?? NOTHING, at: timeText(at, zone()), amount: money };
  }
}
