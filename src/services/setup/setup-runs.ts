import { type Text, word } from '../../text';
import type { Clock } from '../../clock';
import { AppError, Conflict } from '../../errors';
import { LiveQuestion } from '../live-question';
import { logFailure, type Log } from '../../log';
import type { RouterSetup, SetupPreview, SetupReport } from './router-setup';
import type { RouterLogin, SetupTools } from './setup-applier';

/** A set-up that was begun from the admin. */
export interface SetupRun {
  isRunning: boolean;
  /** What was begun, in order; the last is under way while it runs. */
  told: string[];
  /** `undefined` while it runs, and if it could not begin. */
  report: SetupReport | undefined;
  /** Why it could not begin or go on. */
  trouble: Text | undefined;
  /** It wrote settings that count from the next start. */
  needsRestart: boolean;
}

/**
 * Sets the router up from the admin: in the background, one at a time, since it takes up to minutes and a
 * phone's browser may leave in between.
 */
export class SetupRuns {
  private run: SetupRun | undefined;
  private readonly forPage: LiveQuestion<SetupPreview>;

  constructor(
    private readonly setup: Pick<RouterSetup, 'preview' | 'apply'>,
    private readonly tools: Omit<SetupTools, 'tell'>,
    private readonly portalUrl: string | undefined,
    private readonly log: Log,
    clock: Clock,
  ) {
    this.forPage = new LiveQuestion(() => this.setup.preview({ portalUrl }), clock);
  }

  /** The run that goes on, or the last one since the start. */
  get last(): SetupRun | undefined {
    return this.run;
  }

  /** What would be done; soon, where nobody typed a login for it. @throws as `RouterSetup.preview` */
  preview(admin?: RouterLogin): Promise<SetupPreview> {
    if (!admin) return this.forPage.read();
    return this.setup.preview({ admin, portalUrl: this.portalUrl });
  }

  /**
   * Begins. How it goes is in `last`.
   * @param admin for this one time, where the program's own account lacks rights; not kept
   * @throws Conflict while one runs, or when what it wrote counts only after a restart
   */
  begin(by: string, admin?: RouterLogin): Promise<void> {
    if (this.run?.isRunning) throw new Conflict('The router is being set up already');
    if (this.run?.needsRestart) throw new Conflict('Restart the server first');
    const run: SetupRun = {
      isRunning: true,
      told: [],
      report: undefined,
      trouble: undefined,
      needsRestart: false,
    };
    this.run = run;
    this.forPage.last = undefined;
    return this.work(run, by, admin);
  }

  private async work(run: SetupRun, by: string, admin?: RouterLogin): Promise<void> {
    const tools: SetupTools = {
      ...this.tools,
      tell: (doing) => void run.told.push(doing),
      save: async (settings) => {
        await this.tools.save(settings);
        run.needsRestart = true;
      },
    };
    try {
      run.report = await this.setup.apply({ admin, portalUrl: this.portalUrl }, tools, by);
    } catch (error) {
      if (error instanceof AppError) run.trouble = error.text;
      else {
        logFailure(this.log, error, 'the set-up failed');
        run.trouble = word('The program failed at it; the reason is in the server log');
      }
    } finally {
      run.isRunning = false;
    }
  }
}
