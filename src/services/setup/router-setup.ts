import { PISONET } from '../../command-line';
import type { Clock } from '../../clock';
import { examine } from '../../domain/doctor/doctor';
import type { Part, RouterSnapshot } from '../../domain/doctor/doctor-snapshot';
import { isOurs } from '../../domain/network/network';
import type { AuditKind } from '../../domain/shop/audit-entry';
import { choosePortal } from '../../domain/shop/portal-choice';
import { PAGE_PLACES } from '../../domain/doctor/doctor-pages';
import { planSetup } from '../../domain/setup/setup-plan';
import { emptyRecord, noted, type SetupRecord } from '../../domain/setup/setup-record';
import type { ApiService, SetupState } from '../../domain/setup/setup-state';
import {
  addressStep,
  missingRights,
  type SetupPlan,
  type SetupStep,
} from '../../domain/setup/setup-step';
import { planUndo } from '../../domain/setup/setup-undo';
import { AppError, Conflict, NoPortalAddress, NotAllowed, RouterRefused } from '../../errors';
import { fixText } from '../../format/finding-text';
import type { ApiConnection } from '../../routeros/api/connection';
import { Router, type RouterIdentity } from '../../routeros/router';
import { RouterSurvey } from '../../routeros/router-survey';
import { SetupRouter } from '../../routeros/setup-router';
import type { SetupRecords } from '../../store/shop/setup-records';
import type { JournalStore } from '../../store/shop/journal-store';
import { hotspotPages } from '../router/hotspot-pages';
import type { Controller } from '../loop/controller';
import type { RouterPages } from './router-pages';
import {
  SetupApplier,
  type RouterLogin,
  type SettingsKeeper,
  type SetupTools,
} from './setup-applier';
import { say, type Text } from '../../text';

export interface SetupRequest {
  /** A login for this one time, when the account in our settings may not do it. */
  admin?: RouterLogin | undefined;
  portalUrl: string | undefined;
  /** Only the steps that depend on the portal's address. */
  onlyAddress?: boolean;
}

/** What would be done, and by which account. */
export interface SetupPreview extends SetupPlan {
  router: RouterIdentity;
  /** Rights the steps need that the account lacks. */
  missing: string[];
}

/** What was done: either `failed` is null, or the steps before it were done and `left` were not started. */
export interface SetupReport {
  router: RouterIdentity;
  done: SetupStep[];
  failed: { step: SetupStep; reason: Text } | null;
  left: SetupStep[];
  notes: string[];
}

/** What our settings say. */
export interface SetupShop {
  username: string;
  hasPassword: boolean;
  hotspotServer: string | undefined;
  uplinkHost: string | undefined;
  shopName: string;
  /** Of our server. */
  port: number;
  /** In the links of its pages, where there are several routers. */
  readonly key: string | undefined;
  /** Of an added router: keeps its settings, in place of the caller's `.env`. */
  keeper: SettingsKeeper | undefined;
}

/** One visit to the router: the connection, and what we know of the router that answers. */
interface Visit {
  connection: ApiConnection;
  router: Router;
  setupRouter: SetupRouter;
  identity: RouterIdentity;
  key: string;
  /** Our account there. */
  username: string;
  /** The account in our settings; a different one after it was made. */
  account: { username: string; works: boolean };
  /** Made on this visit. */
  newLogin?: RouterLogin;
  portalUrl: string | undefined;
  record: SetupRecord | undefined;
  /** What was done is not part of a set-up. */
  isUnrecorded?: true;
}

type Planner = (visit: Visit) => Promise<SetupPlan & { state: SetupState }>;

const FOLDERS = [...PAGE_PLACES, 'flash'];
/** How its steps are recorded. */
type SetupKind = Extract<
  AuditKind,
  'router set up' | 'router setup undone' | 'router given a new portal address'
>;
/** Those that let phones reach the portal. */
const GARDEN_STEPS = ['walled garden', 'walled garden address'];
const BLOCKING = [
  'hotspot-package',
  'device-mode',
  'device-flagged',
  'hotspot-missing',
  'hotspot-invalid',
  'hotspot-disabled',
];

/**
 * Prepares a router with a bare hotspot for the shop, and undoes that. Each step is planned from what the
 * router shows, recorded before it is done, and checked afterwards: an interrupted set-up continues where it
 * was, and a complete one writes nothing.
 */
export class RouterSetup {
  constructor(
    private readonly records: SetupRecords,
    private readonly journal: JournalStore,
    private readonly pages: RouterPages,
    private readonly clock: Clock,
    private readonly controller: Controller,
    private readonly shop: SetupShop,
    /** A separate connection; without a login, the one in our settings. */
    private readonly open: (login?: RouterLogin) => Promise<ApiConnection>,
  ) {}

  /** Reads, and writes nothing. @throws Conflict if no set-up is possible, or for an unsuitable login */
  preview(order: SetupRequest): Promise<SetupPreview> {
    return this.visit(order, (visit) => this.foresee(visit, this.setupPlanner(order)));
  }

  /** The same for undoing the set-up. */
  previewUndo(order: SetupRequest): Promise<SetupPreview> {
    return this.visit(order, (visit) => this.foresee(visit, this.undoPlanner()));
  }

  /** Whether any router was set up from these books. */
  async isKnown(): Promise<boolean> {
    return this.records.any();
  }

  /**
   * Does the remaining steps, one after the other, until one fails.
   * @throws NotAllowed before anything is done when the account lacks the rights
   */
  apply(order: SetupRequest, tools: SetupTools, by: string): Promise<SetupReport> {
    return this.visit(order, async (visit) => {
      const report = await this.work(visit, this.setupPlanner(order), tools, {
        who: by,
        what: 'router set up',
      });
      if (!report.failed) report.notes.push(...(await this.openTroubles(visit)));
      return report;
    });
  }

  /**
   * For a router without a set-up: a rule of ours in its walled garden, as the doctor adds one, is changed to
   * the new address. Nothing else is done, and nothing is recorded to be undone.
   * @returns `undefined` if it has no such rule
   */
  moveRule(order: SetupRequest, tools: SetupTools, by: string): Promise<SetupReport | undefined> {
    return this.visit(order, async (visit) => {
      const { garden } = await this.look(visit);
      if (!garden.some(isOurs)) return undefined;
      const planned = this.setupPlanner({ ...order, onlyAddress: true });
      const planner: Planner = async (at) => {
        const plan = await planned(at);
        return { ...plan, steps: plan.steps.filter(({ id }) => GARDEN_STEPS.includes(id)) };
      };
      const audited = { who: by, what: 'router given a new portal address' } as const;
      return this.work({ ...visit, isUnrecorded: true }, planner, tools, audited);
    });
  }

  /** Restores the router to its state before the set-up. @throws Conflict while a server runs */
  async undo(order: SetupRequest, tools: SetupTools, by: string): Promise<SetupReport> {
    if (await this.controller.isControlledElsewhere()) {
      throw new Conflict(
        say`A server is running for this router and would undo this: stop it first (${PISONET} server stop)`,
      );
    }
    return this.visit(order, async (visit) => {
      const notes: string[] = [];
      if (visit.record) {
        tools.tell('Reading the counters a last time');
        const { errors, messages } = await this.controller.reconcileAnywhere();
        if (errors > 0)
          notes.push(`The counters were not read a last time: ${messages.join('; ')}`);
      }
      const report = await this.work(visit, this.undoPlanner(), tools, {
        who: by,
        what: 'router setup undone',
      });
      report.notes.unshift(...notes);
      if (!report.failed) await this.records.forget(visit.key);
      return report;
    });
  }

  private async visit<T>(
    { admin, portalUrl }: SetupRequest,
    work: (visit: Visit) => Promise<T>,
  ): Promise<T> {
    const connection = await this.open(admin);
    try {
      const router = new Router(connection);
      const identity = await router.identity();
      // A router without a serial number is identified by its name.
      const key = identity.serial ?? `name ${identity.name}`;
      const { username } = this.shop;
      const works = admin === undefined || (await this.loginWorks());
      return await work({
        ...{ connection, router, identity, key, portalUrl },
        setupRouter: new SetupRouter(connection),
        username: admin?.username ?? username,
        account: { username, works },
        record: await this.records.find(key),
      });
    } finally {
      connection.close();
    }
  }

  private async loginWorks(): Promise<boolean> {
    try {
      (await this.open()).close();
      return true;
    } catch (error) {
      if (error instanceof RouterRefused) return false;
      throw error;
    }
  }

  private setupPlanner({ onlyAddress }: SetupRequest): Planner {
    return async (visit) => {
      const state = await this.look(visit);
      this.refuseHopeless(state);
      const portalUrl = this.portalFor(visit, state, onlyAddress);
      const plan = planSetup(state, {
        portalUrl,
        pages: hotspotPages(portalUrl, this.shop.shopName, this.shop.key),
        hotspotServer: this.shop.hotspotServer,
        uplinkHost: this.shop.uplinkHost,
        username: visit.account.username,
        loginWorks: visit.account.works,
        keptIn: this.keptIn,
      });
      const isWanted = ({ id }: SetupStep) =>
        !onlyAddress || [...GARDEN_STEPS, 'nat', 'pages'].includes(id);
      const first =
        visit.portalUrl === portalUrl ? [] : [addressStep(portalUrl, visit.portalUrl, this.keptIn)];
      return { ...plan, state, steps: [...first, ...plan.steps].filter(isWanted) };
    };
  }

  private undoPlanner(): Planner {
    return async (visit) => {
      const state = await this.look(visit);
      if (!visit.record) return { state, steps: [], notes: [] };
      const network = await visit.router.observe();
      const { username } = visit.account;
      return { ...planUndo(state, visit.record, network, username, this.keptIn), state };
    };
  }

  private get keptIn(): string | undefined {
    return this.shop.keeper?.place;
  }

  private async look({ connection, setupRouter, username, account }: Visit): Promise<SetupState> {
    const names = hotspotPages('', '').map(({ name }) => name);
    const pages = PAGE_PLACES.flatMap((place) => names.map((name) => `${place}/${name}`));
    const [snapshot, rest] = await Promise.all([
      new RouterSurvey(connection).snapshot(account.username),
      setupRouter.read(username, FOLDERS, pages),
    ]);
    refuseBlindly(snapshot);
    return { snapshot, ...rest };
  }

  private refuseHopeless({ snapshot }: SetupState): void {
    const { username, hotspotServer } = this.shop;
    const shop = { now: this.clock.now(), username, hotspotServer, portalUrl: undefined };
    const trouble = examine(snapshot, shop).find(
      ({ id, severity }) => severity === 'error' && BLOCKING.includes(id),
    );
    if (trouble) throw new Conflict(say`${trouble.title}. ${fixText(trouble)}`);
  }

  /** An address that was just typed is taken as it is. */
  private portalFor(
    { portalUrl: set }: Visit,
    { ourAddress }: SetupState,
    isTyped: boolean | undefined,
  ): string {
    const portalUrl = isTyped ? set : choosePortal(set, ourAddress, this.shop.port);
    if (portalUrl !== undefined) return portalUrl;
    throw new NoPortalAddress(
      say`PORTAL_URL is not set: set the address at which phones reach this computer: ${PISONET} server address URL, or in the menu Shop > Server`,
    );
  }

  private async foresee(visit: Visit, planner: Planner): Promise<SetupPreview> {
    const { steps, notes, state } = await planner(visit);
    return {
      router: visit.identity,
      steps,
      notes,
      missing: missingRights(state, visit.username, steps),
    };
  }

  private async work(
    visit: Visit,
    planner: Planner,
    tools: SetupTools,
    audited: { who: string; what: SetupKind },
  ): Promise<SetupReport> {
    const { identity } = visit;
    let plan = await planner(visit);
    const missing = missingRights(plan.state, visit.username, plan.steps);
    if (missing.length > 0) {
      throw new NotAllowed(
        say`The router's user "${visit.username}" may not do ${missing.join(', ')}: an administrator has to do this`,
      );
    }
    const { router, setupRouter } = visit;
    const applier = new SetupApplier(
      router,
      setupRouter,
      this.pages,
      this.saving(visit, tools),
      this.open,
    );
    const count = plan.steps.length;
    const done: SetupStep[] = [];
    while (plan.steps.length > 0) {
      const [step, ...left] = plan.steps as [SetupStep, ...SetupStep[]];
      tools.tell(`${done.length + 1}/${count} ${step.what}`);
      try {
        await this.takeStep(visit, step, applier);
        plan = await planner(visit);
        if ([...done, step].some(({ id }) => plan.steps.some((again) => again.id === id))) {
          throw new RouterRefused('The router accepted it, but does not show it');
        }
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const failed = { step, reason: error.text };
        return { router: identity, done, failed, left, notes: plan.notes };
      }
      done.push(step);
      const entry = { at: this.clock.now(), ...audited, subject: step.id };
      await this.journal.audit([{ ...entry, detail: { did: step.what } }]);
    }
    return { router: identity, done, failed: null, left: [], notes: plan.notes };
  }

  private async takeStep(visit: Visit, step: SetupStep, applier: SetupApplier): Promise<void> {
    const { change } = step;
    const { username, hasPassword, shopName, key } = this.shop;
    const previous = { username, hadPassword: hasPassword };
    if (!visit.isUnrecorded) {
      visit.record = noted(visit.record ?? emptyRecord(), step, previous);
      await this.records.keep(visit.key, visit.record);
    }
    const portalUrl = visit.portalUrl ?? '';
    await applier.apply(change, { portalUrl, shopName, key });
    if (change.kind === 'services' && step.replaces?.services) {
      await this.checkAccess(visit, step.replaces.services);
    }
  }

  /** Prevents a lock-out: if the new list does not let us in, the old one is restored at once. */
  private async checkAccess(visit: Visit, before: readonly ApiService[]): Promise<void> {
    try {
      (await this.open(visit.newLogin)).close();
    } catch (error) {
      for (const { id, property, addresses } of before) {
        await visit.setupRouter.setServiceAddresses(id, property, addresses.join(','));
      }
      const reason = error instanceof AppError ? error.text : (error as Error).message;
      throw new RouterRefused(say`it would have locked us out, so it was undone: ${reason}`);
    }
  }

  /** The new settings also apply to the rest of this visit. */
  private saving(visit: Visit, tools: SetupTools): SetupTools {
    const keeper = this.shop.keeper ?? tools;
    const save = async (settings: Record<string, string>) => {
      await keeper.save(settings);
      const {
        PORTAL_URL: portalUrl,
        MIKROTIK_USERNAME: username,
        MIKROTIK_PASSWORD: password,
      } = settings;
      if (portalUrl !== undefined) visit.portalUrl = portalUrl;
      if (username === undefined || password === undefined) return;
      visit.account = { username, works: true };
      visit.newLogin = { username, password };
    };
    return { ...tools, ...keeper, save };
  }

  /** What the set-up does not fix, or someone has to know. */
  private async openTroubles(visit: Visit): Promise<string[]> {
    const { snapshot } = await this.look(visit);
    const { account, portalUrl } = visit;
    const { hotspotServer } = this.shop;
    const shop = { now: this.clock.now(), username: account.username, hotspotServer, portalUrl };
    return examine(snapshot, shop)
      .filter(({ severity }) => severity !== 'info')
      .map(({ title }) => `${title}. For how to fix it run: ${PISONET} doctor`);
  }
}

/** What a plan is made from: if it was not shown, an existing row would be added again, or left. */
const PLANNED_FROM: readonly Part[] = [
  ...(['servers', 'userProfiles', 'users', 'filter', 'mangle'] as const),
  ...(['ipGarden', 'webGarden', 'bindings'] as const),
];

/** @throws RouterRefused */
function refuseBlindly({ unread }: RouterSnapshot): void {
  const missing = unread.find(({ part }) => PLANNED_FROM.includes(part));
  if (!missing) return;
  throw new RouterRefused(
    say`The router does not show ${missing.menu}, so nothing can be planned. It said: ${missing.said || 'nothing'}`,
  );
}
