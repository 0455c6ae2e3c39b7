import type { Knex } from 'knex';
import { AccountStore } from './account-store';
import { BlockStore } from './block-store';
import { writeStamp, type Stamp } from './database';
import { GuessStore } from './guess-store';
import { JournalStore } from './journal-store';
import { PlanStore } from './plan-store';
import { RouterStore } from './router-store';
import { SaleStore } from './sale-store';
import { SessionStore } from './session-store';
import { SettingStore } from './setting-store';
import { ShopFileStore } from './shop-file-store';
import { SignInStore } from './sign-in-store';
import { SpeedStore } from './speed-store';
import { UsageStore } from './usage-store';
import { VoucherStore } from './voucher-store';

/** All stores over one connection or one transaction. */
export class Stores {
  readonly accounts: AccountStore;
  readonly blocks: BlockStore;
  readonly files: ShopFileStore;
  readonly guesses: GuessStore;
  readonly journal: JournalStore;
  readonly plans: PlanStore;
  readonly routers: RouterStore;
  readonly sales: SaleStore;
  readonly sessions: SessionStore;
  readonly settings: SettingStore;
  readonly signIns: SignInStore;
  readonly speeds: SpeedStore;
  readonly usage: UsageStore;

  constructor(
    private readonly db: Knex,
    readonly vouchers = new VoucherStore(db),
  ) {
    this.accounts = new AccountStore(db);
    this.blocks = new BlockStore(db);
    this.files = new ShopFileStore(db);
    this.guesses = new GuessStore(db);
    this.journal = new JournalStore(db);
    this.plans = new PlanStore(db);
    this.routers = new RouterStore(db);
    this.sales = new SaleStore(db);
    this.sessions = new SessionStore(db);
    this.settings = new SettingStore(db);
    this.signIns = new SignInStore(db);
    this.speeds = new SpeedStore(db);
    this.usage = new UsageStore(db);
  }

  /** See `writeStamp`. */
  stamp(): Promise<Stamp | undefined> {
    return writeStamp(this.db);
  }

  /**
   * Runs `work` as one transaction: all of it is kept, or none. Inside, use only the stores handed in:
   * SQLite has one connection, and the outer stores would wait for it.
   */
  transaction<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    return this.db.transaction(async (trx) => {
      // Who reads first and wants to write later is turned away by SQLite at once (SQLITE_BUSY, whatever
      // busy_timeout says): a write that changes nothing takes the lock, and waits for it, at the start.
      await trx('routers').where({ id: 0 }).update({ boot: 0 });
      return work(new Stores(trx, this.vouchers.within(trx)));
    });
  }
}
