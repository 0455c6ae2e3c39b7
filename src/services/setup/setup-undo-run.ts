import type { Clock } from '../../clock';
import { AppError, Conflict, NotAllowed } from '../../errors';
import { LiveQuestion } from '../live-question';
import { logFailure, type Log } from '../../log';
import type { SettingStore } from '../../store/shop/setting-store';
import type { RouterSetup, SetupPreview, SetupReport } from './router-setup';
import type { RouterLogin, SettingsKeeper } from './setup-applier';
import { fromStored, say, stored, word, type StoredText, type Text } from '../../text';

/** What became of the last undo that was begun in the admin. */
export interface UndoOutcome {
  at: string;
  /** The steps, as they were announced. */
  done: string[];
  failed: { what: string; reason: Text } | null;
  left: string[];
  notes: string[];
  /** Why it could not begin. */
  trouble: Text | null;
}

type KeptOutcome = Omit<UndoOutcome, 'failed' | 'trouble'> & {
  failed: { what: string; reason: StoredText } | null;
  trouble: StoredText | null;
};

/** The shop opened once more while the server is closed: no loop puts customers back onto the router. */
interface ClosedShop {
  setup: RouterSetup | undefined;
  settings: SettingStore;
  close(): Promise<void>;
}

/** In the books, for the server that starts afterwards. */
const KEPT_AS = 'undo of the setup';

/**
 * Undoes the set-up from the admin: between the end of the server and its next start, so that nothing else
 * writes on the router. Afterwards the server has no router: it would set customers up there again.
 */
export class SetupUndoRun {
  private readonly forPage: LiveQuestion<SetupPreview>;

  constructor(
    private readonly present: Pick<RouterSetup, 'previewUndo'> | undefined,
    private readonly settings: SettingStore,
    private readonly keeper: SettingsKeeper,
    private readonly reopen: () => Promise<ClosedShop>,
    private readonly portalUrl: string | undefined,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.forPage = new LiveQuestion(() => this.preview(), clock);
  }

  get hasRouter(): boolean {
    return this.present !== undefined;
  }

  /** What would be undone. @throws as `RouterSetup.previewUndo`, Conflict without a router */
  async preview(admin?: RouterLogin): Promise<SetupPreview> {
    if (!this.present) throw new Conflict('Connect the router first');
    return this.present.previewUndo({ admin, portalUrl: this.portalUrl });
  }

  /** The same for a page: soon. @throws as `preview` */
  shown(admin?: RouterLogin): Promise<SetupPreview> {
    return admin ? this.preview(admin) : this.forPage.read();
  }

  async last(): Promise<UndoOutcome | undefined> {
    const kept = (await this.settings.all())[KEPT_AS];
    if (kept === undefined) return undefined;
    const { trouble, failed, ...outcome } = JSON.parse(kept) as KeptOutcome;
    return {
      ...outcome,
      trouble: trouble && fromStored(trouble),
      failed: failed && { what: failed.what, reason: fromStored(failed.reason) },
    };
  }

  /**
   * Makes sure that it can be done.
   * @param admin for this one time; not kept
   * @returns the work, for when the server is closed; its outcome is in `last` of the next start
   * @throws Conflict where there is nothing to undo, or the settings are not ours; NotAllowed where the
   *   account lacks rights
   */
  async prepare(by: string, admin?: RouterLogin): Promise<() => Promise<void>> {
    const [masked] = this.keeper.masked(['MIKROTIK_HOST']);
    if (masked) throw new Conflict(say`${masked} is set in the environment: undo it in a terminal`);
    this.keeper.checkSaving();
    const { steps, missing } = await this.preview(admin);
    if (steps.length === 0) throw new Conflict('There is nothing to undo on this router');
    if (missing.length > 0) {
      throw new NotAllowed(
        say`The account is not allowed to ${missing.join(', ')}: sign in as the router's administrator.`,
      );
    }
    return () => this.work(by, admin);
  }

  private async work(by: string, admin: RouterLogin | undefined): Promise<void> {
    const shop = await this.reopen();
    try {
      await this.keep(shop.settings, await this.undo(shop, by, admin));
    } finally {
      await shop.close();
    }
  }

  private async undo(
    { setup }: ClosedShop,
    by: string,
    admin: RouterLogin | undefined,
  ): Promise<Partial<UndoOutcome>> {
    const tools = {
      ...this.keeper,
      tell: (doing: string) => this.log.info(doing),
      serve: () => Promise.resolve(() => Promise.resolve()), // it puts no page onto the router
    };
    try {
      const report = await setup!.undo({ admin, portalUrl: this.portalUrl }, tools, by);
      if (!report.failed) await this.keeper.save({ MIKROTIK_HOST: '' });
      return textsOf(report);
    } catch (error) {
      if (error instanceof AppError) return { trouble: error.text };
      logFailure(this.log, error, 'the undo of the set-up failed');
      return { trouble: word('The program failed at it; the reason is in the server log') };
    }
  }

  private async keep(settings: SettingStore, outcome: Partial<UndoOutcome>): Promise<void> {
    const { done = [], failed = null, left = [], notes = [], trouble } = outcome;
    const kept: KeptOutcome = {
      ...{ at: this.clock.now().toISOString(), done, left, notes },
      failed: failed && { what: failed.what, reason: stored(failed.reason) },
      trouble: trouble ? stored(trouble) : null,
    };
    await settings.set(KEPT_AS, JSON.stringify(kept));
  }
}

function textsOf({ done, failed, left, notes }: SetupReport): Partial<UndoOutcome> {
  return {
    done: done.map(({ what }) => what),
    failed: failed && { what: failed.step.what, reason: failed.reason },
    left: left.map(({ what }) => what),
    notes,
  };
}
