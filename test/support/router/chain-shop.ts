import { join } from 'node:path';
import { USUAL_SETTINGS } from '../../../src/services/router/added-routers';
import type { RouterSide } from '../../../src/services/router/router-side';
import { Simulator, type SimulatorOptions } from '../../../src/simulator/simulator';
import type { AddedSettings } from '../../../src/store/router/added-router-store';
import { ManualClock } from '../manual-clock';
import { temporaryFolder } from '../temporary-folder';
import { TestApp, type TestAppOptions } from '../test-app';

export const ROUTER_PASSWORD = 'not-in-the-books-1';

/** A shop with a router of its own and one that was added; it can be started again on the same books. */
export class ChainShop {
  private constructor(
    public shop: TestApp,
    readonly first: Simulator,
    readonly second: Simulator,
    readonly clock: ManualClock,
    private readonly options: TestAppOptions,
  ) {}

  /** @param second how the added router is, and what is kept of it */
  static async open(
    options: TestAppOptions = {},
    second: { simulator?: SimulatorOptions; settings?: Partial<AddedSettings> } = {},
  ): Promise<ChainShop> {
    const all = {
      database: join(temporaryFolder(), 'books.db'),
      ...options,
      env: { SECRET_KEY: 'a key of this test that is long enough for one', ...options.env },
    };
    const clock = new ManualClock();
    const first = await Simulator.start({ clock, serial: 'FIRST' });
    const password = ROUTER_PASSWORD;
    const added = await Simulator.start({ clock, serial: 'SECOND', password, ...second.simulator });
    const shop = await TestApp.beside(first, clock, all);
    const chain = new ChainShop(shop, first, added, clock, all);
    await chain.add('Purok 3', added, second.settings);
    await chain.restart();
    return chain;
  }

  /** @param by a process of this shop */
  async add(
    title: string,
    { port }: Simulator,
    settings: Partial<AddedSettings> = {},
    by = this.shop,
  ) {
    const where = { title, host: '127.0.0.1', port, username: 'admin' };
    const all = { ...USUAL_SETTINGS, ...where, ...settings };
    return by.app.services.addedRouters.add(all, ROUTER_PASSWORD, 'maria');
  }

  /** Another process of the same shop. */
  beside(): Promise<TestApp> {
    return TestApp.beside(this.first, this.clock, this.options);
  }

  async restart(): Promise<void> {
    await this.shop.app.close();
    this.shop = await this.beside();
  }

  get added(): RouterSide {
    return this.shop.app.routerSides.find(({ id }) => id !== 0)!;
  }

  /** A round of every router, one after the other. */
  async reconcile(): Promise<void> {
    for (const { controller } of this.shop.app.routerSides) await controller.reconcile();
  }

  async close(): Promise<void> {
    await this.shop.close();
    await this.first.stop();
    await this.second.stop();
  }
}
