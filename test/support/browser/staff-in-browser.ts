import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { AdminShop, PASSWORD } from '../admin-shop';
import { browserOfTests } from './browser';

/** A new shop for each test of a file, and a real browser for its staff. */
export function staffInBrowser(): StaffInBrowser {
  const staff = new StaffInBrowser();
  beforeEach(() => staff.begin());
  afterEach(() => staff.open.close());
  return staff;
}

class StaffInBrowser {
  open!: AdminShop;
  /** What must not happen: errors of script, and requests that leave this machine. */
  complaints: string[] = [];
  private readonly browser = browserOfTests();

  async begin(): Promise<void> {
    this.complaints = [];
    this.open = await AdminShop.open({ env: { PORTAL_URL: 'http://10.5.50.1:5000' } });
  }

  async newContext(options: BrowserContextOptions): Promise<BrowserContext> {
    const context = await this.browser.newContext(options);
    context.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol === 'data:' || hostname === '127.0.0.1') return;
      this.complaints.push(`left: ${request.url()}`);
    });
    context.on('weberror', (error) => this.complaints.push(`script: ${error.error().message}`));
    context.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`);
    });
    return context;
  }

  async newPage(width: number): Promise<Page> {
    return (await this.newContext({ viewport: { width, height: 740 } })).newPage();
  }

  /** A page of an owner who has just signed in. */
  async signedIn(path: string): Promise<Page> {
    const page = await this.newPage(1280);
    const { accounts } = this.open.shop.app.services;
    await accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 't');
    await page.goto(`${this.open.address}/admin${path}`);
    await page.getByLabel('Name').fill('maria');
    await page.getByLabel('Password').fill(PASSWORD);
    await this.press(page, 'Sign in');
    return page;
  }

  /** Nothing sticks out at the side, on a phone least of all. */
  async mustFit(page: Page): Promise<void> {
    const tooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1');
    expect([page.url(), tooWide]).toEqual([page.url(), false]);
  }

  async goTo(page: Page, path: string): Promise<void> {
    await page.goto(`${this.open.address}/admin${path}`);
    await this.mustFit(page);
  }

  async press(page: Page, name: string | RegExp): Promise<void> {
    await page.getByRole('button', { name }).first().click();
    await page.waitForLoadState();
    await this.mustFit(page);
  }

  async whileTimePasses(work: Promise<unknown>): Promise<void> {
    const passing = setInterval(() => this.open.shop.clock.advance(500), 50);
    await work.finally(() => clearInterval(passing));
  }
}
