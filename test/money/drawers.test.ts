import { TestApp } from '../support/test-app';
import { DAY, HOUR } from '../support/builders';

/** What went through the drawers of sellers, beside what they counted. */

let shop: TestApp;

beforeEach(async () => {
  shop = await TestApp.start({
    profiles: [{ name: 'P5' }, { name: 'P20', price: '20' }, { ...HOME }],
  });
});

afterEach(() => shop.close());

const HOME = { name: 'Home', price: '300', billing_cycle: 'monthly' };
const peso = (pesos: number) => ({ amount: Math.round(pesos * 100), currency: 'PHP' });
const drawers = () => shop.app.services.drawers;

/** A voucher of this seller that a customer used. */
async function sold(plan: string, seller: string): Promise<string> {
  const { vouchers } = await shop.app.services.batches.generate({ plan, count: 1 }, seller);
  await shop.redeem(shop.phone(), vouchers[0]!.code);
  return vouchers[0]!.code;
}

async function subscriber(): Promise<number> {
  const { subscribers } = shop.app.services;
  const { id } = await subscribers.add({ name: 'Joy' }, 'maria');
  await subscribers.assign(id, { plan: 'Home' }, undefined, 'maria');
  return id;
}

const pay = (subscriberId: number, pesos: number, by: string, method?: string) =>
  shop.app.services.billing.pay({ subscriberId, money: peso(pesos), method }, by);

test('a week of three sellers with voids and a short count is as calculated by hand', async () => {
  const joy = await subscriber();
  const { sales, money, alerts } = shop.app.services;
  // By hand, each day: float, what was taken and given back in cash, what is counted.
  const byHand: [seller: string, expected: number, counted: number][] = [];
  for (let day = 0; day < 7; day += 1) {
    await drawers().open('ana', peso(100), 'ana');
    await drawers().open('ben', peso(50), 'ben');
    const anas = await sold('P5', 'ana');
    await sold('P20', 'ana');
    const bens = await sold('P20', 'ben');
    await sold('P20', 'ben');
    await sold('P5', 'ben');
    let [ana, ben] = [100 + 5 + 20, 50 + 20 + 20 + 5];
    if (day === 1) {
      await sales.void(anas, 'mistyped', 'ana');
      ana -= 5;
    }
    if (day === 2) {
      await sales.void(bens, 'sold twice', 'maria'); // by the owner, of what ben sold
      ben -= 20;
    }
    if (day === 3) {
      await pay(joy, 300, 'ben');
      await pay(joy, 150, 'ana', 'GCash'); // not into the drawer
      ben += 300;
    }
    if (day === 4) {
      await pay(joy, -50, 'ana');
      ana -= 50;
    }
    shop.clock.advance(8 * HOUR);
    await drawers().count('ben', peso(day === 5 ? ben - 20 : ben), 'ben'); // 20 are missing
    byHand.push(['ana', ana, ana], ['ben', ben, day === 5 ? ben - 20 : ben]);
    await drawers().count('ana', peso(ana), 'ana');
    if (day === 6) {
      // The third one sells once with a drawer and once, after the count, without.
      await drawers().open('carla', peso(0), 'maria');
      await sold('P20', 'carla');
      await drawers().count('carla', peso(20.5), 'maria');
      byHand.push(['carla', 20, 20.5]);
      await sold('P5', 'carla');
    }
    shop.clock.advance(DAY - 8 * HOUR);
  }

  const report = await drawers().report('2026-11-21', '2026-11-28');
  const found = report.shifts.map(({ seller, expected, count }) => [
    ...[seller, expected / 100, count!.counted / 100],
  ]);
  expect(found).toEqual(byHand);
  expect(report.shifts.map(({ difference }) => difference).filter((one) => one !== 0)).toEqual([
    ...[-20_00, 50],
  ]);
  const nothing = { sales: 0, voids: 0, payments: 0, refunds: 0 };
  expect(report.outside).toEqual([{ seller: 'carla', takings: { ...nothing, sales: 5_00 } }]);
  expect((await drawers().report('2026-11-21', '2026-11-28', 'ana')).shifts).toHaveLength(7);

  const raised = (await alerts.open()).filter(({ kind }) => kind === 'drawer differs');
  expect(raised.map(({ message }) => message)).toEqual([
    expect.stringContaining('The drawer of ben was ₱20.00 short'),
    expect.stringContaining('The drawer of carla was ₱0.50 over'),
  ]);
  // Each count is sealed in the journal, by its difference.
  const counts = (await money.list()).filter(({ kind }) => kind === 'adjustment');
  expect(counts).toHaveLength(15);
  expect(counts.reduce((sum, { amount }) => sum + amount, 0)).toBe(-19_50);
  expect((await money.verify()).fault).toBeUndefined();
});

test('a drawer is open once, counted once, and never below nothing', async () => {
  await drawers().open('ana', peso(100), 'ana');
  await expect(drawers().open('ANA', peso(1), 'maria')).rejects.toThrow('open already');
  await expect(drawers().open('ben', peso(-1), 'ben')).rejects.toThrow('less than zero');
  await expect(drawers().open(' ', peso(1), 'ben')).rejects.toThrow('needs the name');
  await expect(drawers().count('ben', peso(1), 'ben')).rejects.toThrow('no open drawer');
  await drawers().count('ana', peso(100), 'ana');
  await expect(drawers().count('ana', peso(90), 'ana')).rejects.toThrow('no open drawer');
  expect(await shop.app.services.alerts.open()).toEqual([]);
});

test('what is sold after the count is of the next shift', async () => {
  await drawers().open('ana', peso(100), 'ana');
  await drawers().count('ana', peso(100), 'ana');
  await sold('P20', 'ana');
  await drawers().open('ana', peso(100), 'ana');
  await sold('P5', 'ana');
  const { shifts, outside } = await drawers().report('2026-11-21', '2026-11-21');
  expect(shifts.map(({ takings, expected }) => [takings.sales, expected])).toEqual([
    ...[[0, 100_00], [5_00, 105_00]], // prettier-ignore
  ]);
  expect(outside).toMatchObject([{ seller: 'ana', takings: { sales: 20_00 } }]);
});

/** What the hands do at the till, beside the program: each has a drawer of real pesos. */
test('a week of two cashiers who sell at the till closes exact whenever the money is right', async () => {
  const { batches, alerts, sales, vouchers } = shop.app.services;
  const prices: Record<string, number> = { P5: 5, P20: 20 };
  let made = 0;
  const sell = async (plan: string, seller: string) =>
    (await batches.sell({ plan, key: `an-order-key-number-${(made += 1)}` }, seller)).codes[0]!;
  const inHand: Record<string, number> = {};
  const notUsedYet: string[] = [];
  const closes: string[] = [];
  for (let day = 0; day < 7; day += 1) {
    for (const [seller, float] of [
      ['ana', 100],
      ['ben', 50],
    ] as const) {
      // prettier-ignore
      await drawers().open(seller, peso(float), seller);
      inHand[seller] = float;
    }
    for (const [seller, plans] of [
      ['ana', ['P5', 'P20', 'P5']],
      ['ben', ['P20', 'P5']],
    ] as const) {
      // prettier-ignore
      for (const plan of plans) {
        notUsedYet.push(await sell(plan, seller));
        inHand[seller]! += prices[plan]!;
      }
    }
    shop.clock.advance(HOUR);
    // Some use it at once, others days later, one the day after the count.
    for (const code of notUsedYet.splice(0, 1 + day)) await shop.redeem(shop.phone(), code);
    if (day === 2) {
      const code = await sell('P20', 'ana');
      await shop.redeem(shop.phone(), code);
      await sales.void(code, 'wrong plan', 'ana'); // 20 in and out again
    }
    if (day === 3) {
      await vouchers.revoke(await sell('P5', 'ben'), 'ben'); // not used: 5 in and out again
      await vouchers.undoSale(await sell('P20', 'ana'), 'ana');
    }
    if (day === 4) {
      const early = notUsedYet.pop()!; // sold today by ben, given back tomorrow
      shop.clock.advance(HOUR);
      await drawers().count('ben', peso(inHand.ben!), 'ben');
      shop.clock.advance(HOUR);
      await drawers().open('ben', peso(50), 'ben');
      await vouchers.revoke(early, 'ben');
      inHand.ben = 50 - 5;
    }
    shop.clock.advance(HOUR);
    for (const seller of ['ana', 'ben']) {
      await drawers().count(seller, peso(inHand[seller]! - (day === 5 ? 1 : 0)), seller);
    }
    // One phone uses its code while no drawer is open.
    const [between] = notUsedYet.splice(0, 1);
    if (between) await shop.redeem(shop.phone(), between);
    shop.clock.advance(DAY - 3 * HOUR);
    const { shifts } = await drawers().report('2026-11-21', '2026-12-01');
    closes.splice(0, closes.length, ...shifts.map(({ difference }) => String(difference)));
  }
  expect(closes.filter((one) => one !== '0')).toEqual(['-100', '-100']); // the peso that each lacked
  expect(closes).toHaveLength(15);
  expect((await alerts.open()).map(({ message }) => message)).toEqual([
    expect.stringContaining('The drawer of ana was ₱1.00 short'),
    expect.stringContaining('The drawer of ben was ₱1.00 short'),
  ]);
  expect((await shop.app.services.money.verify()).fault).toBeUndefined();
});

test('slips that were handed out count when they are used, and one-tap sales at once', async () => {
  const { batches } = shop.app.services;
  await drawers().open('ana', peso(0), 'ana');
  const { vouchers } = await batches.generate({ plan: 'P20', count: 5 }, 'ana');
  await batches.sell({ plan: 'P5', key: 'an-order-key-long-enough' }, 'ana');
  const now = async () => (await drawers().report('2026-11-21', '2026-11-21')).shifts[0]!;
  expect(await now()).toMatchObject({ takings: { sales: 5_00 }, expected: 5_00 });
  await shop.redeem(shop.phone(), vouchers[0]!.code);
  expect(await now()).toMatchObject({ takings: { sales: 25_00 }, expected: 25_00 });
});

test('what was sold at the counter is no excuse for other money', async () => {
  const { batches, alerts } = shop.app.services;
  await drawers().open('ana', peso(0), 'ana');
  await batches.sell({ plan: 'P5', key: 'an-order-key-long-enough' }, 'ana');
  shop.clock.advance(HOUR);
  await drawers().count('ana', peso(6), 'ana');
  shop.clock.advance(HOUR);
  await drawers().open('ana', peso(0), 'ana');
  await drawers().count('ana', peso(5), 'ana');
  expect((await alerts.open()).map(({ message }) => message)).toEqual([
    expect.stringContaining('The drawer of ana was ₱1.00 over'),
    expect.stringContaining('The drawer of ana was ₱5.00 over'),
  ]);
});
