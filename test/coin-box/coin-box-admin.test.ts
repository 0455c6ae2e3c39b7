import { randomBytes } from 'node:crypto';
import { AdminShop } from '../support/admin-shop';
import { ModelBox } from '../support/model-box';

/** Coin boxes as staff have them: pairing, terms, collecting, and coins that are nobody's. */

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open({ profiles: [{ name: 'P5' }, { name: 'Capped', data_cap: '1GB' }] });
});
afterEach(() => open.close());

const services = () => open.shop.app.services;
const PAGE = '/admin/coin-boxes';

test('the owner pairs a box by its number, and says what it takes and sells', async () => {
  const owner = await open.signedIn('owner', 'maria');
  await services().coinPairing.knock({
    ...{ number: '482913', hardware: 'a1b2c3' },
    pairingKey: randomBytes(32).toString('hex'),
  });
  expect((await owner.get(PAGE)).text).toContain('A box waits to be paired.');
  const order = { number: '111111', name: 'Front', plan: 'P5', site: '' };
  const wrong = await owner.post(PAGE, order);
  expect(wrong).toMatchObject({ status: 404 });
  expect(wrong.text).toContain('No box shows the number 111111');
  const capped = await owner.post(PAGE, { ...order, number: '482913', plan: 'Capped' });
  expect(capped.text).toContain('data cap');
  const staffs = await owner.post(PAGE, { ...order, number: '482913', name: 'MARIA' });
  expect(staffs.status).toBe(422);
  expect((await owner.post(PAGE, { ...order, number: '482 913' })).status).toBe(303);
  expect((await owner.get(PAGE)).text).toContain('1=6m, 5=40m, 10=1h30m');

  const change = { plan: 'P5', site: '', coins: '1=1, 5=5x5', rates: '5=1h' };
  expect((await owner.post(`${PAGE}/1`, change)).status).toBe(303);
  expect(await services().coinBoxes.find('front')).toMatchObject({
    rates: [{ amount: 5_00, seconds: 3600 }],
    denominations: [{ key: '1' }, { key: '5', pulses: 5 }],
  });
  expect((await owner.post(`${PAGE}/1`, { ...change, rates: '5' })).status).toBe(422);
  expect((await owner.post(`${PAGE}/1/removal`, {})).status).toBe(303);
  expect((await owner.get(PAGE)).text).toContain('No coin boxes.');
});

test('coins are counted blind when they are collected, and the difference is told', async () => {
  const box = await ModelBox.paired(open.shop.app, 'Front');
  const owner = await open.signedIn('owner', 'maria');
  const manager = await open.signedIn('manager', 'ben');
  const operator = await open.signedIn('operator', 'ana');
  for (const coin of ['5', '10', '10']) box.insert(coin);
  await box.report(services().coinReports);
  const collection = `${PAGE}/${box.id}/collection`;
  expect((await manager.get(PAGE)).text).not.toContain('25.00 in it');
  expect((await operator.post(collection, { amount: '25' })).status).toBe(403);
  expect((await manager.post(collection, { amount: '20' })).status).toBe(303);
  expect((await manager.get(PAGE)).text).toContain('5.00 short');
  expect((await owner.get('/admin/alerts')).text).toContain('The drawer of Front was ₱5.00 short');
  const [drawer] = await services().drawers.openOnes();
  expect(drawer).toMatchObject({ seller: 'Front', float: { amount: 0 } });
  box.insert('5');
  await box.report(services().coinReports);
  expect((await manager.post(collection, { amount: '5' })).status).toBe(303);
  const { shifts } = await services().drawers.report('2026-11-21', '2026-11-21');
  expect(shifts.map(({ count }) => [count?.by, count?.counted, count?.expected])).toEqual([
    ['ben', 20_00, 25_00],
    ['ben', 5_00, 5_00],
    [undefined, undefined, undefined],
  ]);
});

test('coins without a customer are given or kept, and what a phone has is paid back', async () => {
  const box = await ModelBox.paired(open.shop.app, 'Front');
  const owner = await open.signedIn('owner', 'maria');
  const operator = await open.signedIn('operator', 'ana');
  const viewer = await open.signedIn('viewer', 'leo');
  box.insert('5');
  await box.report(services().coinReports);
  box.insert('10');
  await box.report(services().coinReports);
  const [first, second] = await services().coinBoxes.strays();
  const settle = (id: number, mac: string) =>
    owner.post(`/admin/coin-strays/${id}/settlement`, mac === '' ? { keep: 'yes' } : { mac });
  expect((await owner.get(PAGE)).text).toContain('₱5.00');
  expect((await settle(first!.id, 'nonsense')).status).toBe(422);
  expect((await settle(first!.id, '02:00:00:00:00:99')).status).toBe(303);
  expect((await settle(second!.id, '')).status).toBe(303);
  expect((await settle(second!.id, '')).status).toBe(422);
  const payOut = '/admin/coin-credits/02:00:00:00:00:99/payout';
  expect((await viewer.get(PAGE)).status).toBe(403);
  await services().drawers.open('ana', { amount: 100_00, currency: 'PHP' }, 'ana');
  expect((await operator.post(payOut, {})).status).toBe(303);
  expect((await operator.get(PAGE)).text).toContain('Give ₱5.00 back from your drawer.');
  expect((await operator.post(payOut, {})).status).toBe(422);
  const counted = await services().drawers.count('ana', { amount: 95_00, currency: 'PHP' }, 'ana');
  expect(counted.count).toMatchObject({ expected: 95_00 });
  expect((await services().money.verify()).differences).toEqual([]);
});

test('who chose Filipino reads the page in it', async () => {
  const box = await ModelBox.paired(open.shop.app, 'Front');
  const owner = await open.signedIn('owner', 'maria');
  box.insert('5');
  await box.report(services().coinReports);
  const page = await owner.get(`${PAGE}?lang=fil`);
  for (const text of ['Mga kahon ng barya', 'Mga baryang walang customer', 'Handa', 'Ipares']) {
    expect(page.text).toContain(text);
  }
  expect(page.text).not.toMatch(/Coins without|Number on its display|Save the count/);
});

test('a box that is not heard of for minutes is told of until it is back', async () => {
  const box = await ModelBox.paired(open.shop.app, 'Front');
  const silent = async () => {
    await services().coinBoxes.tellSilent(open.shop.app.clock.now());
    return (await services().alerts.open()).filter(({ kind }) => kind === 'coin box silent').length;
  };
  expect(await silent()).toBe(0);
  open.shop.clock.advance(6 * 60_000);
  expect(await silent()).toBe(1);
  await box.report(services().coinReports);
  expect(await silent()).toBe(0);
});
