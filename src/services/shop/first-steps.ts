import type { Stores } from '../../store/stores';
import type { SetupRecords } from '../../store/shop/setup-records';

/** What a new shop does before its first day. */
export type FirstStep = 'router' | 'pages' | 'name' | 'vouchers' | 'notices';

/** Of a shop that nobody named. */
const USUAL_NAME = 'PisoNet';
const DISMISSED = 'first steps dismissed';

/** How far a new shop has come, for the list on the first page. */
export class FirstSteps {
  constructor(
    private readonly stores: Stores,
    private readonly setups: Pick<SetupRecords, 'any'>,
    private readonly shop: { get(): { name: string } },
    private readonly notices: { channels(): Promise<{ isSetUp: boolean }[]> },
    private readonly hasRouter: boolean,
  ) {}

  /** In order; `undefined` once all is done or the owner put the list away. */
  async list(): Promise<{ step: FirstStep; isDone: boolean }[] | undefined> {
    const settings = await this.stores.settings.all();
    if (settings[DISMISSED] !== undefined) return undefined;
    const [hasVouchers, channels] = await Promise.all([
      this.stores.vouchers.any(),
      this.notices.channels(),
    ]);
    const steps: [FirstStep, boolean][] = [
      ['router', this.hasRouter],
      ['pages', await this.isSetUp()],
      ['name', this.shop.get().name !== USUAL_NAME],
      ['vouchers', hasVouchers],
      ['notices', channels.some(({ isSetUp }) => isSetUp)],
    ];
    if (steps.every(([, isDone]) => isDone)) return undefined;
    return steps.map(([step, isDone]) => ({ step, isDone }));
  }

  /** Whether a router of this shop was set up. */
  isSetUp(): Promise<boolean> {
    return this.setups.any();
  }

  async dismiss(): Promise<void> {
    await this.stores.settings.set(DISMISSED, 'yes');
  }
}
