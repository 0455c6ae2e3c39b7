import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { CliShop, expectOneLine } from '../support/program/cli-shop';

jest.setTimeout(60_000);

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.withoutBooks();
});
afterEach(() => shop.close());

interface PlanJson {
  name: string;
  status: string;
  version: number;
  rateUp: number;
  profile: Record<string, unknown>;
}

test('a plan is added with every key, shown, edited and archived; vouchers keep their terms', async () => {
  const made = await shop.run(
    [
      'plans add Night --price 25.50 --validity 1d --users 2 --rate-up 1M --rate-down 3M',
      '--data-cap 2GB --fup-threshold 1GB --fup-rate-up 256K --fup-rate-down 512K',
      '--throttle-policy throttle --throttle-rate-up 128K --throttle-rate-down 128K',
      '--burst-up 2M --burst-down 6M --burst-time 8s --priority 70 --contention 1:10',
      '--window {"start":"23:00","end":"07:00","unlimited":true} --alerts 50,100',
      '--movable no --public no --json',
    ].join(' '),
  );
  expect(made).toMatchObject({ code: 0 });
  const plan = JSON.parse(made.out) as PlanJson;
  expect(plan).toMatchObject({ name: 'Night', status: 'active', version: 1, rateUp: 1_000_000 });
  expect(plan.profile).toMatchObject({
    price: '25.50',
    data_cap: '2GB',
    burst_time: '8s',
    alerts: [50, 100],
    window: { start: '23:00', end: '07:00', unlimited: true },
    movable: false,
    public: false,
  });
  const { vouchers } = await shop.json<{ vouchers: { code: string }[] }>(
    'vouchers generate --plan night --count 1',
  );

  const edited = JSON.parse(
    (await shop.run('plans edit NIGHT --rate-up 2M --json')).out,
  ) as PlanJson;
  expect(edited).toMatchObject({ version: 2, rateUp: 2_000_000 });
  expect(edited.profile).toEqual({ ...plan.profile, rate_up: '2M' });
  expect(await shop.json(`vouchers show ${vouchers[0]!.code}`)).toMatchObject({
    rateUp: 1_000_000,
  });

  const uncapped = await shop.run('plans edit Night --name Day --window none --json');
  expect((JSON.parse(uncapped.out) as PlanJson).profile).not.toHaveProperty('window');
  expect(await shop.json('plans archive day')).toMatchObject({ name: 'Day', status: 'archived' });
  const shown = await shop.run('plans show Day');
  expect(shown.out).toMatch(/Name +Day[^]*Upload speed +2M[^]*Status +archived[^]*Version +3/);
  expect((await shop.run('vouchers generate --plan Day --count 1')).code).toBe(1);
});

test('what is wrong with a plan is named by its option or its field, and nothing is saved', async () => {
  const before = await shop.json('plans list');
  const [burst, missing, none, gone, taken] = await Promise.all([
    shop.run(
      'plans add X --price 5 --rate-up 1M --rate-down 2M --burst-up 512K --burst-down 4M --burst-time 8s',
    ),
    shop.run('plans add X --rate-up 1M'),
    shop.run('plans edit P5'),
    shop.run('plans edit P9 --price 5'),
    shop.run('plans add p5 --price 5 --rate-up 1M --rate-down 2M'),
  ]);
  expect(burst).toMatchObject({ code: 2, out: '' });
  expect(burst.err).toMatch(/^--burst-up must be above rate_up/);
  expect(missing).toMatchObject({ code: 2 });
  expect(missing.err).toMatch(/price is missing.*; rate_down is missing/);
  expect(none.err).toContain('Say what to change');
  expect(gone.code).toBe(1);
  expect(taken.code).toBe(1);
  for (const outcome of [burst, missing, none, gone, taken]) expectOneLine(outcome.err);
  expect(await shop.json('plans list')).toEqual(before);
});

test('a plan comes from a file or from standard input', async () => {
  const entry = { name: 'File', price: '7', rate_up: '1M', rate_down: '2M', uptime: '3h' };
  writeFileSync(shop.path('plan.json'), JSON.stringify([entry]));
  expect(await shop.json('plans add --file plan.json')).toMatchObject({ name: 'File' });
  const piped = await shop.run('plans add Piped --file - --price 8 --json', {
    input: JSON.stringify({ ...entry, name: 'X' }),
  });
  expect(JSON.parse(piped.out)).toMatchObject({
    name: 'Piped',
    price: { amount: 800, currency: 'PHP' },
    uptimeSeconds: 10_800,
  });
  const bad = await shop.run('plans add --file -', { input: '[1, 2]' });
  expect(bad).toMatchObject({ code: 2, out: '' });
  expectOneLine(bad.err);
});

test('check looks without loading, export gives back what check finds good', async () => {
  writeFileSync(
    shop.path('bad.json'),
    '[{"name":"A","price":"5","rate_up":"fast","rate_down":"1M"}]',
  );
  const good = await shop.run('plans check profiles.json');
  expect(good.code).toBe(0);
  expect(good.out).toContain('profiles.json is good: 2 plans');
  expect(good.err).toMatch(/^Note: Old: validity is not set, .* never ends\n$/);
  const bad = await shop.run('plans check bad.json');
  expect(bad).toMatchObject({ code: 2, out: '' });
  expect(bad.err).toMatch(/bad\.json, entry 1 \("A"\): rate_up "fast" is not a speed/);
  expect(existsSync(shop.path('shop.db'))).toBe(false); // it needed no books

  const printed = await shop.json<unknown[]>('plans export');
  await shop.json('plans export copy.json');
  expect(JSON.parse(readFileSync(shop.path('copy.json'), 'utf8'))).toEqual(printed);
  expect((await shop.run('plans check copy.json')).code).toBe(0);
  const again = await shop.run('plans export copy.json');
  expect(again).toMatchObject({ code: 1, out: '' });
  expectOneLine(again.err);
});

test('a missing plans file and a misspelt option are said in words', async () => {
  const plans = await shop.run('stats', { env: { PROFILES_FILE: 'nowhere.json' } });
  expect(plans).toMatchObject({ code: 2, out: '' });
  expect(plans.err).toContain('There is no plans file nowhere.json');
  expect(plans.err).not.toContain('ENOENT');
  const option = await shop.run('vouchers generate --plam P5 --count 3');
  expect(option).toMatchObject({ code: 2, out: '' });
  expect(option.err).toMatch(/unknown option '--plam'.*--plan/);
});

test('sharing and speed of a plan are held against the line, where it is known', async () => {
  writeFileSync(
    shop.path('shared.json'),
    JSON.stringify([
      {
        name: 'Shared',
        price: '5',
        validity: '1h',
        rate_up: '5M',
        rate_down: '100M',
        contention: '1:10',
        priority: 40,
      },
      { name: 'Free', price: '0', validity: '1h', rate_up: '1M', rate_down: '1M' },
    ]),
  );
  const unknown = await shop.run('plans check shared.json --json');
  expect(JSON.parse(unknown.out)).toMatchObject({
    good: true,
    warnings: [
      { plan: 'Shared', field: 'priority' },
      { plan: 'Shared', field: 'contention' },
      { plan: 'Free', field: 'price' },
    ],
  });
  const added = await shop.run(
    'plans add Many --price 5 --validity 1h --rate-up 1M --rate-down 2M --contention 1:10',
  );
  expect(added.code).toBe(0);
  expect(added.err).toContain('Note: --contention does nothing until LINE_RATE');
  const known = await shop.run('plans check shared.json', { env: { LINE_RATE: '20M/50M' } });
  expect(known.code).toBe(0);
  expect(known.err).toContain('Note: Shared: rate_down is more than your line has (50M)');
  expect(known.err).not.toContain('LINE_RATE');
});
