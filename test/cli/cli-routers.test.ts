import { readFileSync } from 'node:fs';
import { NEIGHBOR_PORT } from '../../src/routeros/neighbors/neighbor-datagram';
import { Simulator } from '../../src/simulator/simulator';
import { CliShop } from '../support/program/cli-shop';

/** Routers beside that of `.env`, by command. */

test('a router is added, tested, changed and removed; its password is on no command line and in no output', async () => {
  const shop = CliShop.open();
  const router = await Simulator.start({ serial: 'SECOND', password: 'sea-breeze-7' });
  try {
    const line = `routers add Purok3 --host 127.0.0.1 --port ${router.port} --user admin --site P3`;
    const added = await shop.run(`${line} --password-stdin`, { input: 'sea-breeze-7\n' });
    expect(added).toMatchObject({ code: 0 });
    const again = await shop.run(`${line} --password-stdin`, { input: 'x\n' });
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('already')]);
    expect(await shop.json('routers test Purok3')).toMatchObject({ serial: 'SECOND' });
    const edited = await shop.run('routers edit Purok3 --site Market');
    expect([edited.code, edited.err]).toEqual([0, expect.stringContaining('within seconds')]);
    const listed = await shop.run('routers list --json');
    expect(JSON.parse(listed.out)).toMatchObject([
      { name: 'Purok3', site: 'Market', user: 'admin', portal: expect.stringMatching(/\?r=/) },
    ]);
    expect(`${added.out}${added.err}${listed.out}`).not.toContain('sea-breeze');
    expect((await shop.run('routers edit Nobody --site X')).code).toBe(1);
    expect((await shop.run('routers remove Purok3 --yes')).code).toBe(0);
    expect(await shop.json('routers list')).toEqual([]);
    const audit = await shop.look(({ stores }) => stores.journal.auditOf('Purok3'));
    expect(audit.map(({ what }) => what)).toEqual([
      'router added',
      'router changed',
      'router removed',
    ]);
  } finally {
    await router.stop();
    await shop.close();
  }
});

test('setup and doctor are about the router that is named', async () => {
  const shop = CliShop.open();
  await shop.addRouter();
  const router = await Simulator.start({
    ...{ version: '7.24.5', serial: 'SECOND' },
    ...{ bare: true, password: 'sea-breeze-7' },
  });
  try {
    const line = `routers add Purok3 --host 127.0.0.1 --port ${router.port} --user admin`;
    const more = '--portal-url http://10.9.0.1:5000 --tls off --line-rate 5M/20M --poll-seconds 20';
    const added = await shop.run(`${line} ${more} --password-stdin`, { input: 'sea-breeze-7\n' });
    expect(added.out).toContain('setup --router Purok3');
    expect(await shop.json('routers list')).toMatchObject([
      { tls: 'off', lineRate: '5M/20M', pollSeconds: 20, portalUrl: 'http://10.9.0.1:5000' },
    ]);
    const plan = await shop.run('setup --router Purok3 --dry-run');
    expect([plan.code, plan.err]).toEqual([0, '']);
    expect(plan.out).toContain('Let phones that have not paid yet reach http://10.9.0.1:5000');
    const done = await shop.run('setup --router Purok3 --yes --json');
    expect(JSON.parse(done.out)).toMatchObject({ router: { serial: 'SECOND' } });
    expect(done.err).not.toContain('.env');
    expect(await shop.json('doctor --router Purok3')).toMatchObject({ healthy: true });
    const unknown = await shop.run('doctor --router Nowhere');
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('routers list')]);
    expect(await shop.json('routers test Purok3')).toMatchObject({ serial: 'SECOND', notes: [] });
  } finally {
    await router.stop();
    await shop.close();
  }
});

test('a site is added, gets prices of its own, and goes once no router stands there', async () => {
  const shop = CliShop.open();
  try {
    expect((await shop.run('sites add Beach --first-router yes')).code).toBe(0);
    const priced = await shop.run('sites edit beach --plan P5 --price 7');
    expect([priced.code, priced.err]).toEqual([0, '']);
    expect(await shop.json('sites edit Beach --plan P5 --sold no')).toMatchObject({
      name: 'Beach',
      routers: ['first router'],
      otherwise: [{ plan: 'P5', sold: false, price: '₱7.00' }],
    });
    const refused = await shop.run('vouchers generate --plan P5 --count 1 --site Beach');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('not sold at Beach')]);
    await shop.run('sites edit Beach --plan P5 --sold yes --name Shore');
    const made = await shop.run('vouchers generate --plan P5 --count 1 --site Shore');
    expect(made.out).toContain('₱7.00');
    expect((await shop.run('sites edit Shore --price 7')).err).toContain('--plan goes together');
    expect((await shop.run('sites remove Shore --yes')).code).toBe(1);
    await shop.run('sites edit Shore --first-router no');
    expect((await shop.run('sites remove Shore --yes')).code).toBe(0);
    expect(await shop.json('sites list')).toEqual([]);
  } finally {
    await shop.close();
  }
});

test('a report is of the router that is named', async () => {
  const shop = CliShop.open();
  await shop.addRouter({ version: '7.19.4' });
  const router = await Simulator.start({ version: '6.49.18', password: 'sea-breeze-7' });
  try {
    const line = `routers add Purok3 --host 127.0.0.1 --port ${router.port} --user admin --tls off`;
    await shop.run(`${line} --password-stdin`, { input: 'sea-breeze-7\n' });
    const versionIn = async (command: string, file: string) => {
      const { code, err } = await shop.run(`${command} --out ${file}`);
      expect([code, err]).toEqual([0, '']);
      const text = readFileSync(shop.path(file), 'utf8');
      return (JSON.parse(text) as { router: { version: string } }).router.version;
    };
    expect(await versionIn('routers report Purok3', 'added.json')).toContain('6.49.18');
    expect(await versionIn('router report', 'first.json')).toContain('7.19.4');
    const unknown = await shop.run('routers report Nowhere --out none.json');
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('routers list')]);
  } finally {
    await router.stop();
    await shop.close();
  }
});

test('router find tells which routers are on the network', async () => {
  const shop = CliShop.open();
  const name = `Shop-${process.pid}`;
  // At the port of real routers: others on this computer may answer too.
  const router = await Simulator.start({ neighborPort: NEIGHBOR_PORT });
  try {
    router.run(['/system/identity/set', `=name=${name}`]);
    const [listed, shown] = await Promise.all([
      shop.json<{ name: string }[]>('router find --seconds 1'),
      shop.run('router find --seconds 1'),
    ]);
    expect(listed.find((one) => one.name === name)).toMatchObject({
      ...{ address: '127.0.0.1', mac: '48:A9:8A:00:00:06', platform: 'MikroTik' },
      version: expect.stringMatching(/^7\.19\.4/),
    });
    expect(shown.out).toMatch(new RegExp(`${name} .*127\\.0\\.0\\.1`));
    expect(shown.out).toContain('router configure --host');
    const wrong = await shop.run('router find --seconds 500');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('120 seconds')]);
  } finally {
    await router.stop();
    await shop.close();
  }
});
