import { isoTime } from '../../src/clock';
import type { App } from '../../src/compose';
import { denominationsText, ratesText } from '../../src/domain/coin-box/coin-box';
import { formatMoney, parseMoney } from '../../src/domain/units';
import { NotFound } from '../../src/errors';
import { closedText } from '../../src/format/drawer-text';
import type { BoxOverview } from '../../src/services/coin-box/coin-boxes';
import { actor } from '../shell/actor';
import { argument, asTyped, command, option, requiredOption } from '../shell/command';
import { NONE, timeText } from '../shell/figures';
import { fieldList, textTable } from '../shell/text-table';
import { drawerJson } from './drawer-commands';

const BOX = {
  ...argument('BOX', 'its name or its number', asTyped),
  choices: {
    question: 'Which box?',
    find: async (app: App) => {
      const all = await app.services.coinBoxes.list();
      if (all.length === 0) throw new NotFound('There is no coin box yet: pair one first');
      return all.map(({ name }) => ({ value: name, name }));
    },
  },
};

const TERMS = {
  rates: option('--rates <list>', 'what sums buy, such as 1=6m,5=40m', asTyped),
  coins: option('--coins <list>', 'coins by their key, such as 1=1,5=5x5 for five pulses', asTyped),
  site: option('--site <name>', 'for customers of this site', asTyped),
};

export const listCoinBoxes = command({
  name: 'coin-boxes list',
  summary: 'Boxes with a coin slot, and coins that nobody spent yet',
  example: 'coin-boxes list',
  parameters: {},
  run: async ({ services }) => ({
    boxes: await services.coinBoxes.list(),
    strays: await services.coinBoxes.strays(),
    credits: await services.coinBoxes.credits(),
  }),
  json: ({ boxes, strays, credits }) => ({
    boxes: boxes.map(boxJson),
    unclaimed: strays.map(({ id, boxId, at, amount, currency }) => ({
      ...{ id, box: boxId, at: isoTime(at), amount: { amount, currency } },
    })),
    credits: credits.map(({ mac, amount, currency, at }) => ({
      ...{ mac, amount: { amount, currency }, at: isoTime(at) },
    })),
  }),
  text: ({ boxes, strays, credits }, timeZone) =>
    [
      textTable(
        ['Box', 'State', 'Plan', 'Rates', 'Last heard of'].map((title) => ({ title })),
        boxes.map((box) => [
          ...[box.name, box.isAway ? 'silent' : 'ready', box.plan],
          ratesText(box.rates, box.currency),
          box.seenAt ? timeText(box.seenAt, timeZone) : NONE,
        ]),
        'No coin boxes yet. Pair one: coin-boxes pair',
      ),
      ...strays.map(
        (one) => `${formatMoney(one)} fell without a customer, ${timeText(one.at, timeZone)}`,
      ),
      ...credits.map((one) => `${formatMoney(one)} of ${one.mac} is not used yet`),
    ].join('\n'),
});

export const pairCoinBox = command({
  name: 'coin-boxes pair',
  summary: 'Make the box that shows this number the shop’s',
  example: 'coin-boxes pair 482913 --name Counter --plan P5',
  parameters: {
    number: argument('NUMBER', 'the number on its display', asTyped),
    name: requiredOption('--name <name>', 'what to call it', asTyped),
    plan: requiredOption('--plan <name>', 'whose speed its customers get', asTyped),
    site: TERMS.site,
  },
  run: async (app, { number, ...order }) => {
    const { name } = await app.services.coinPairing.pair(number, order, actor());
    return app.services.coinBoxes.find(name);
  },
  json: boxJson,
  text: ({ name }) => `The coin box ${name} is paired.`,
});

export const showCoinBox = command({
  name: 'coin-boxes show',
  summary: 'Show a coin box: what it takes, what it sells, and since when',
  example: 'coin-boxes show Counter',
  parameters: { box: BOX },
  run: (app, { box }) => app.services.coinBoxes.find(box),
  json: boxJson,
  text: (box, timeZone) =>
    fieldList([
      ['Name', box.name],
      ['State', box.isAway ? 'silent' : 'ready'],
      ['Plan', box.plan],
      ['Site', box.site ?? NONE],
      ['Rates', ratesText(box.rates, box.currency)],
      ['Coins', denominationsText(box.denominations, box.currency)],
      ['Last heard of', box.seenAt ? timeText(box.seenAt, timeZone) : NONE],
      ['Collected', box.since ? timeText(box.since, timeZone) : NONE],
      ['Firmware', box.firmware ?? NONE],
      ['Hardware', box.hardware],
    ]),
});

export const editCoinBox = command({
  name: 'coin-boxes edit',
  summary: 'Change what a coin box takes and sells; what is not given stays',
  example: 'coin-boxes edit Counter --rates 1=6m,5=40m,10=90m',
  parameters: {
    box: BOX,
    plan: option('--plan <name>', 'whose speed its customers get', asTyped),
    ...TERMS,
  },
  run: (app, { box, ...change }) => app.services.coinBoxes.edit(box, change, actor()),
  json: boxJson,
  text: ({ name }) => `The coin box ${name} is changed.`,
});

export const removeCoinBox = command({
  name: 'coin-boxes remove',
  summary: 'Take a coin box out of the shop; what its customers have stays theirs',
  example: 'coin-boxes remove Counter',
  parameters: { box: BOX },
  run: async (app, { box }) => {
    const found = await app.services.coinBoxes.find(box);
    await app.services.coinBoxes.remove(box, actor());
    return found;
  },
  json: boxJson,
  text: ({ name }) => `The coin box ${name} is removed.`,
});

export const collectCoins = command({
  name: 'coin-boxes collect',
  summary: 'Count the coins of a box; the expected amount is shown afterwards',
  example: 'coin-boxes collect Counter --amount 415',
  parameters: {
    box: BOX,
    amount: requiredOption('--amount <amount>', 'all coins that were in it', asTyped),
  },
  run: async (app, { box, amount }) => {
    const { coinBoxes } = app.services;
    const { currency } = await coinBoxes.find(box);
    return coinBoxes.collect(box, parseMoney(amount, currency), actor());
  },
  json: drawerJson,
  text: (drawer) => `${drawer.seller}: ${String(closedText(drawer))}`,
});

function boxJson(box: BoxOverview) {
  const { id, name, plan, site, currency, hardware, firmware, isAway, seenAt, since } = box;
  return {
    ...{ id, name, plan, site, hardware, firmware, away: isAway },
    seenAt: isoTime(seenAt),
    collectedAt: isoTime(since),
    coins: box.denominations.map(({ key, amount, pulses }) => ({
      ...{ key, amount: { amount, currency }, pulses },
    })),
    rates: box.rates.map(({ amount, seconds }) => ({ amount: { amount, currency }, seconds })),
  };
}
