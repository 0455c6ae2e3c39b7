import { request } from 'node:http';
import type { SimulatedDevice } from '../src/simulator/simulator';
import { isCalm, openLiveShop, phonesOn, sellTo, untilTrue, type LiveShop } from './live-shop';

/**
 * The product on a hAP lite, at its true speed, which takes minutes:
 * `node dist/bench/slow-board.js crowd 20 3` has so many customers type a code at once, three times over;
 * `node dist/bench/slow-board.js reboot 60` puts so many devices on a board, cuts its power, and waits until
 * all are back. Figures are one line of JSON.
 */

const PLAN = { name: 'P5', price: '5', rate_up: '1M', rate_down: '2M', validity: '1d' };

async function main(): Promise<void> {
  const [what, size, times] = process.argv.slice(2);
  const shop = await openLiveShop({ slow: { board: 'hap-lite' } }, PLAN);
  const figures = await (what === 'reboot'
    ? reboot(shop, Number(size))
    : crowds(shop, Number(size), Number(times ?? 1)));
  const { logged } = shop;
  const alerts = await shop.app.services.alerts.open();
  console.log(
    JSON.stringify({
      ...{ bench: what, size: Number(size), ...figures },
      connections: logged.filter((words) => words === 'connected to the router').length,
      logged: logged.length,
      words: [...new Set(logged)],
      alerts: alerts.map(({ kind }) => kind),
    }),
  );
  await shop.close();
}

/** Each crowd comes when the router has done with the one before. */
async function crowds(shop: LiveShop, size: number, times: number) {
  const phones = phonesOn(shop.simulator, size * times);
  const online: number[] = [];
  const answered: number[] = [];
  const statuses: string[] = [];
  for (let at = 0; at < times; at += 1) {
    await untilTrue(() => isCalm(shop));
    const one = await crowd(shop, phones.slice(at * size, (at + 1) * size));
    online.push(...one.online);
    answered.push(...one.answered);
    statuses.push(...one.statuses);
  }
  return { times, online: spread(online), answered: spread(answered), statuses: tally(statuses) };
}

/** Everybody presses the button in the same moment. */
async function crowd({ app, port }: LiveShop, phones: readonly SimulatedDevice[]) {
  const order = { plan: PLAN.name, count: phones.length };
  const { vouchers } = await app.services.batches.generate(order, 'bench');
  const begun = performance.now();
  const seconds = (since: number) => Math.round((performance.now() - since) / 100) / 10;
  const answered: number[] = [];
  const statuses: string[] = [];
  const online = await Promise.all(
    phones.map(async (phone, index) => {
      const answer = redeem(port, phone, vouchers[index]!.code).then((status) => {
        answered.push(seconds(begun));
        statuses.push(status);
        return status.startsWith('303');
      });
      let isRefused = false;
      void answer.then((isGood) => (isRefused = !isGood));
      await untilTrue(() => phone.online || isRefused);
      const took = seconds(begun);
      await answer;
      return phone.online ? took : Infinity;
    }),
  );
  return { online, answered, statuses };
}

async function reboot(shop: LiveShop, size: number) {
  const { simulator, app } = shop;
  const phones = phonesOn(simulator, size);
  await sellTo(shop, PLAN.name, phones);
  const begun = performance.now();
  const isBack = () => phones.every(({ online }) => online);
  await untilTrue(isBack);
  const addedSeconds = Math.round((performance.now() - begun) / 1000);
  await untilTrue(() => isCalm(shop));
  simulator.reboot({ bootMs: 30_000 });
  const cut = performance.now();
  const seconds = () => Math.round((performance.now() - cut) / 1000);
  await untilTrue(isBack);
  const backSeconds = seconds();
  const { status } = app.services.loop;
  await untilTrue(() => typeof status.last === 'object' && status.last.failure !== undefined);
  await untilTrue(() => typeof status.last === 'object' && !status.last.failure);
  const roundSeconds = seconds();
  await untilTrue(() => isCalm(shop));
  return { addedSeconds, backSeconds, roundSeconds, calmSeconds: seconds() };
}

function redeem(port: number, phone: SimulatedDevice, code: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, path: '/portal/redeem', method: 'POST' },
        localAddress: phone.address,
        headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
      },
      (answer) => {
        answer.resume();
        resolve(`${answer.statusCode} ${answer.headers.location?.split('?')[0] ?? ''}`.trim());
      },
    );
    sent.on('error', (error) => resolve(error.message));
    sent.end(new URLSearchParams({ code }).toString());
  });
}

function spread(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) };
}

function tally(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
