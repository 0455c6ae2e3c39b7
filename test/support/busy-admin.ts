import type { BrowserContext, Page } from 'playwright-core';
import { staffPages } from '../../src/web/admin';
import type { Role } from '../../src/store/staff/account-store';
import { problems } from './browser/accessibility';
import { AdminShop, PASSWORD } from './admin-shop';
import type { TestAppOptions } from './test-app';

/** What is on these pages of a shop that is busy; an empty page would be checked for nothing. */
const FILLED: readonly [page: RegExp, content: string][] = [
  [/^\/(alerts)?$/, '.alerts li'],
  [/^\/bandwidth$/, '.rows .row'],
  [/^\/bandwidth$/, '#blocked tbody tr'],
  [/^\/bandwidth\/queues$/, 'tbody tr'],
  [/\/speeds$/, '.cards tbody tr'],
  [/^\/vouchers\/\w+$/, '.cards tbody tr'],
  [/^\/(vouchers|batches|plans|staff)$/, 'tbody tr'],
  [/^\/reports$/, '.sums li'],
  [/^\/(subscribers|subscribers\/1|invoices|invoices\/1|payments|drawers|journal)$/, 'tbody tr'],
  [/\/simulation$/, '.plot .s0'],
  [/\/back-test\?/, '.plot .line'],
  [/\/back-test\?/, '.cards tbody tr'],
  [/^\/usage/, '.plot .s0'],
  [/\/print\b/, '.slip, .invoice'],
  [/^\/notices$/, '.section form'],
  [/^\/router$/, '.finding button'],
  [/^\/(log|audit)/, '.history li'],
];

/** The half of the pages that daily work is done on. */
export const OF_SALES =
  /^\/(bandwidth|batches|drawers|invoices|payments|reports|subscribers|usage|vouchers)\b/;

/** A plan with something in every part of its form. */
const PROMO = {
  ...{
    type: 'residential',
    promo_from: '2026-11-01',
    promo_until: '2027-01-06',
    contention: '1:10',
  },
  ...{ fup_threshold: '600MB', fup_rate_up: '256K', fup_rate_down: '512K' },
  ...{ burst_up: '4M', burst_down: '16M', burst_time: '16s', priority: '60' },
  window: { start: '23:00', end: '06:00', unlimited: true, multiplier: 2 },
};

/** The staff pages of a shop in which something is on every page. */
export class BusyAdmin {
  private constructor(
    readonly open: AdminShop,
    /** What the paths' parameters stand for in this shop. */
    readonly named: Readonly<Record<string, string>>,
  ) {}

  static async start(options: Pick<TestAppOptions, 'limits'> = {}): Promise<BusyAdmin> {
    const env = { PORTAL_URL: 'http://10.5.50.1:5000', MIKROTIK_WAN_INTERFACE: 'ether1', WEBHOOK_URL: 'http://127.0.0.1:9999/hook' }; // prettier-ignore
    const open = await AdminShop.open({ ...options, env, profiles: [{ name: 'P5' }, { ...PROMO, name: 'P20', price: '20', data_cap: '2GB' }, { name: 'Home', price: '300', billing_cycle: 'monthly' }] }); // prettier-ignore
    const { shop } = open;
    const { services, stores } = shop.app;
    const { vouchers } = await services.batches.generate({ plan: 'P20', count: 12, note: 'Saturday' }, 'maria'); // prettier-ignore
    const { phone, code } = await shop.online('P20');
    phone.offer({ up: 300_000, down: 1_500_000 });
    const { phone: other } = await shop.online();
    phone.download('700M');
    shop.clock.advance(60_000);
    await shop.reconcile();
    const host = await shop.controller.whoIsAt(phone.address);
    await services.devices.setLimit(host!.mac, { up: 512_000, down: 900_000 }, null, 'maria');
    await services.blocks.block((await shop.controller.whoIsAt(other.address))!.mac, 'disturbs the others', 'maria'); // prettier-ignore
    await services.vouchers.revoke(vouchers[0]!.code, 'maria');
    await shop.reconcile();
    await stores.journal.raise('name taken', 'x', 'On the router pisonet-1x is not ours', shop.clock.now()); // prettier-ignore
    shop.simulator.run(['/ip/firewall/filter/add', '=chain=forward', '=action=fasttrack-connection']); // prettier-ignore
    services.recentLog.write(JSON.stringify({ level: 40, time: Date.now(), msg: 'the router is away', err: { message: 'timeout', stack: 'Error: timeout\n at somewhere' } })); // prettier-ignore
    const { id: joy } = await services.subscribers.add({ name: 'Joy', login: 'joy', password: 'secret', loginKind: 'pppoe' }, 'maria'); // prettier-ignore
    await services.subscribers.assign(joy, { plan: 'Home' }, undefined, 'maria');
    await services.billing.pay({ subscriberId: joy, money: { amount: 100_00, currency: 'PHP' } }, 'maria'); // prettier-ignore
    await services.subscribers.changePlan(joy, null, 'cycle-end', 'maria');
    await services.drawers.open('ana', { amount: 100_00, currency: 'PHP' }, 'ana');
    await services.drawers.count('ana', { amount: 80_00, currency: 'PHP' }, 'ana');
    return new BusyAdmin(open, { code, mac: host!.mac, name: 'P20', id: '1' });
  }

  async signIn(context: BrowserContext, name: Role): Promise<Page> {
    await this.open.shop.app.services.accounts.add(
      { name, role: name, password: PASSWORD },
      'test',
    );
    const page = await context.newPage();
    await page.goto(`${this.open.address}/admin/sign-in`);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/admin$/);
    return page;
  }

  /** Paths of every page that is read, such as the table of routes has them. */
  paths(): { path: string; access: Role | 'anyone' }[] {
    return this.reads().filter(({ path }) => !/\.\w+$|^\/api\//.test(path));
  }

  /** The same with exports and what programs read; streams have no end. */
  reads(): { path: string; access: Role | 'anyone' }[] {
    const { config, clock, log, services } = this.open.shop.app;
    return staffPages({ config, clock, log, services })
      .table.filter(({ method, path }) => method === 'get' && !path.endsWith('stream'))
      .map(({ path, access }) => ({ path: path.replace(/:(\w+)/g, (_, one: string) => this.known(one)), access })); // prettier-ignore
  }

  private known(parameter: string): string {
    const value = this.named[parameter];
    if (value === undefined) throw new Error(`tell this test what :${parameter} stands for`);
    return value;
  }

  async walk(page: Page, list: readonly string[], name: string): Promise<string[]> {
    const found: string[] = [];
    for (const path of list) {
      const address = `/admin${path.replace(/^\/$/, '')}`;
      const answer = await page.goto(this.open.address + address);
      if (!(await answer!.text()).includes('<html')) continue; // a part of a page
      if (answer!.status() >= 500) found.push(`${address} answers ${answer!.status()}`);
      for (const [pages, content] of FILLED) {
        if (answer!.status() !== 200 || !pages.test(path)) continue;
        if ((await page.locator(content).count()) > 0) continue;
        found.push(`${address} has no ${content} to look at`);
      }
      found.push(...(await problems(page, `${name} ${address}`)));
    }
    return found;
  }

  close(): Promise<void> {
    return this.open.close();
  }
}
