import type { Knex } from 'knex';
import { AddedRouterStore } from './router/added-router-store';
import { AccountStore } from './staff/account-store';
import { AnswerStore } from './staff/answer-store';
import { BlockStore } from './vouchers/block-store';
import { CoinBoxStore } from './coin-box/coin-box-store';
import { CoinClaimStore } from './coin-box/coin-claim-store';
import { CoinCreditStore } from './coin-box/coin-credit-store';
import {
  declareOutsideLoop,
  rowsBetween,
  takeChangeStamp,
  takeTurnToWrite,
  withOtherRows,
  type ChangeStamp,
} from './database/change-stamp';
import { CounterSaleStore } from './money/counter-sale-store';
import { DeviceNameStore } from './vouchers/device-name-store';
import { DrawerStore } from './money/drawer-store';
import { SlipCustodyStore } from './money/slip-custody-store';
import { EventStore } from './notices/event-store';
import { ExternalFieldStore } from './shop/external-field-store';
import { GuessStore } from './vouchers/guess-store';
import { ImportStore } from './vouchers/import-store';
import { InvoiceStore } from './billing/invoice-store';
import { JournalStore } from './shop/journal-store';
import { SubscriberStore } from './billing/subscriber-store';
import { SubscriptionStore } from './notices/subscription-store';
import { WebhookStore } from './notices/webhook-store';
import { MoneyJournalStore } from './money/money-journal-store';
import { OutageStore } from './router/outage-store';
import { PartStore } from './vouchers/part-store';
import { PayOrderStore } from './billing/pay-order-store';
import { PaymentSourceStore } from './billing/payment-source-store';
import { PaymentStore } from './billing/payment-store';
import { PlanStore } from './shop/plan-store';
import { QuotaStore } from './usage/quota-store';
import { RouterStore } from './router/router-store';
import { SaleStore } from './vouchers/sale-store';
import { SessionStore } from './vouchers/session-store';
import { SettingStore } from './shop/setting-store';
import { ShopFileStore } from './shop/shop-file-store';
import { SiteStore } from './shop/site-store';
import { SignInStore } from './staff/sign-in-store';
import { SpeedStore } from './router/speed-store';
import { TallyStore } from './router/tally-store';
import { TokenStore } from './staff/token-store';
import { isTogether, together } from './database/together';
import { UsageRollup } from './usage/usage-rollup';
import { UsageStore } from './usage/usage-store';
import { VoucherStore } from './vouchers/voucher-store';

/** Whose part of the books a loop works on. */
export interface RouterScope {
  /** 0 is the first router, that of the environment; others have the id of their row. */
  id: number;
  /** What people call it; unset where the shop has only one. */
  name?: string | undefined;
}

/** How many rows this process wrote that no loop works from, and those that only one router's works from. */
interface OutsideLoop {
  rows: number;
  ofRouter: Map<number, number>;
}

/** All stores over one connection or one transaction. */
export class Stores {
  readonly accounts: AccountStore;
  readonly addedRouters: AddedRouterStore;
  readonly answers: AnswerStore;
  readonly counterSales: CounterSaleStore;
  readonly coinBoxes: CoinBoxStore;
  readonly coinClaims: CoinClaimStore;
  readonly coinCredits: CoinCreditStore;
  readonly deviceNames: DeviceNameStore;
  readonly drawers: DrawerStore;
  readonly events: EventStore;
  readonly externalFields: ExternalFieldStore;
  readonly blocks: BlockStore;
  readonly slipCustody: SlipCustodyStore;
  readonly files: ShopFileStore;
  readonly guesses: GuessStore;
  readonly imports: ImportStore;
  readonly invoices: InvoiceStore;
  readonly journal: JournalStore;
  readonly subscribers: SubscriberStore;
  readonly subscriptions: SubscriptionStore;
  readonly money: MoneyJournalStore;
  readonly outages: OutageStore;
  readonly parts: PartStore;
  readonly paymentSources: PaymentSourceStore;
  readonly payOrders: PayOrderStore;
  readonly webhooks: WebhookStore;
  readonly payments: PaymentStore;
  readonly plans: PlanStore;
  readonly quotas: QuotaStore;
  readonly rollup: UsageRollup;
  readonly routers: RouterStore;
  readonly sales: SaleStore;
  readonly sessions: SessionStore;
  readonly settings: SettingStore;
  readonly signIns: SignInStore;
  readonly sites: SiteStore;
  readonly speeds: SpeedStore;
  readonly tallies: TallyStore;
  readonly tokens: TokenStore;
  readonly usage: UsageStore;

  constructor(
    private readonly db: Knex,
    readonly vouchers = new VoucherStore(db),
    /** Rows written that do not concern the loops; shared by all transactions. */
    private readonly outsideLoop: OutsideLoop = { rows: 0, ofRouter: new Map() },
    private readonly scope?: RouterScope,
  ) {
    this.accounts = new AccountStore(db);
    this.addedRouters = new AddedRouterStore(db);
    this.answers = new AnswerStore(db);
    this.counterSales = new CounterSaleStore(db);
    this.coinBoxes = new CoinBoxStore(db);
    this.coinClaims = new CoinClaimStore(db);
    this.coinCredits = new CoinCreditStore(db);
    this.deviceNames = new DeviceNameStore(db);
    this.drawers = new DrawerStore(db);
    this.slipCustody = new SlipCustodyStore(db);
    this.events = new EventStore(db);
    this.externalFields = new ExternalFieldStore(db);
    this.blocks = new BlockStore(db);
    this.files = new ShopFileStore(db);
    this.guesses = new GuessStore(db);
    this.imports = new ImportStore(db);
    this.invoices = new InvoiceStore(db);
    this.subscribers = new SubscriberStore(db);
    this.journal = new JournalStore(db, scope);
    this.subscriptions = new SubscriptionStore(db);
    this.money = new MoneyJournalStore(db);
    this.outages = new OutageStore(db);
    this.parts = new PartStore(db);
    this.paymentSources = new PaymentSourceStore(db);
    this.payOrders = new PayOrderStore(db);
    this.webhooks = new WebhookStore(db);
    this.tallies = new TallyStore(db);
    this.payments = new PaymentStore(db);
    this.plans = new PlanStore(db);
    this.quotas = new QuotaStore(db);
    this.rollup = new UsageRollup(db);
    this.routers = new RouterStore(db);
    this.sales = new SaleStore(db);
    this.sessions = new SessionStore(db, scope?.id);
    this.settings = new SettingStore(db);
    this.signIns = new SignInStore(db);
    this.sites = new SiteStore(db);
    this.speeds = new SpeedStore(db, scope?.id);
    this.tokens = new TokenStore(db);
    this.usage = new UsageStore(db, scope?.id);
  }

  /** The same books, for the loop of one router: its sessions, counters, speeds and alerts. */
  ofRouter(scope: RouterScope): Stores {
    return new Stores(this.db, this.vouchers, this.outsideLoop, scope);
  }

  /** Of the loop whose part of the books this is; `undefined` for all of them. */
  get routerId(): number | undefined {
    return this.scope?.id;
  }

  /** What was written outside the state of this loop does not show. */
  async stamp(): Promise<ChangeStamp> {
    const { rows, ofRouter } = this.outsideLoop;
    let others = 0;
    for (const [id, own] of ofRouter) if (id !== this.routerId) others += own;
    return withOtherRows(await takeChangeStamp(this.db), -rows - others);
  }

  /**
   * Inside a transaction: what `work` writes concerns no loop but that of this router, which knows it. Without
   * this, each round of one router would make the others read their state again.
   * @param before the stamp so far
   * @returns the stamp after it
   */
  async ofThisLoopAlone(before: ChangeStamp, work: () => Promise<void>): Promise<ChangeStamp> {
    if (before.here === null) {
      await declareOutsideLoop(this.db);
      await work();
      return this.stamp();
    }
    let after = before;
    try {
      await work();
    } finally {
      after = await this.stamp();
      const { scope, outsideLoop } = this;
      const rows = rowsBetween(before, after);
      if (scope)
        outsideLoop.ofRouter.set(scope.id, (outsideLoop.ofRouter.get(scope.id) ?? 0) + rows);
    }
    return after;
  }

  /**
   * A transaction that touches nothing the loop works from, such as deliveries of notices. Without this,
   * thousands of them would make the loop read its state again, and decide again, each time.
   */
  outsideLoopState<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    return this.transaction(async (stores) => {
      const before = await stores.stamp();
      if (before.here === null) {
        await declareOutsideLoop(stores.db);
        const done = await work(stores);
        // What comes after it in the same transaction may well concern the loop.
        if (isTogether()) await declareOutsideLoop(stores.db, false);
        return done;
      }
      try {
        return await work(stores);
      } finally {
        // Counted before the connection is free for others, so that no stamp is taken in between.
        const after = await stores.stamp();
        this.outsideLoop.rows += rowsBetween(before, after);
      }
    });
  }

  /**
   * All that `work` does to the books by these stores, or any others over the same database, is one transaction.
   * It must not wait for a loop or a router.
   */
  together<T>(work: () => Promise<T>): Promise<T> {
    return together(this.db, work);
  }

  /**
   * Runs `work` as one transaction: all of it is stored, or nothing. Inside, use only the stores handed
   * in: SQLite has one connection, and the outer stores would wait for it.
   */
  transaction<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    return this.db.transaction(async (trx) => {
      await takeTurnToWrite(trx);
      return work(new Stores(trx, this.vouchers.within(trx), this.outsideLoop, this.scope));
    });
  }
}
