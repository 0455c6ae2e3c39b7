import type { Clock } from '../../clock';
import { BooksUnavailable, booksTrouble } from '../../errors';
import { logFailure, type Log } from '../../log';
import type { BooksProbe } from '../../store/books-probe';
import type { Alert } from '../../store/shop/journal-store';
import type { Stores } from '../../store/stores';
import { booksCause, type BooksTroubleSince, type DirectNotices } from './direct-notices';

const TICK_MS = 1_000;
/** How often to check whether the books can be written, while they can and while they cannot. */
const LOOK_MS = { well: 60_000, ill: 5_000 };

/**
 * Checks whether the books can be written. The result is kept in memory and reported without the books, since
 * they cannot take it: on the pages, once in the log, and straight to the receivers of notices.
 */
export class BooksWatch {
  private trouble: BooksTroubleSince | undefined;
  /** A write failed since the last round. */
  private isDoubted = false;
  private lookedMs = -Infinity;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly probe: BooksProbe,
    private readonly stores: Stores,
    private readonly notices: Pick<DirectNotices, 'tell'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The last result; `undefined` while all is well. */
  get error(): BooksUnavailable | undefined {
    return this.trouble?.error;
  }

  /** For the lists of what is wrong; it has no number, and disappears with its cause. */
  get alert(): Alert | undefined {
    const trouble = this.trouble ?? this.foundBefore();
    if (!trouble) return undefined;
    return { id: 0, ...booksCause(trouble.error), raisedAt: trouble.since, clearedAt: null };
  }

  /** By another program, or one before this: damage stays. */
  private foundBefore(): BooksTroubleSince | undefined {
    const { damage } = this.probe;
    return damage && { error: new BooksUnavailable('damaged'), since: new Date(damage.at) };
  }

  /** A statement failed: check soon whether others would too. */
  doubt(error: unknown): void {
    const trouble = booksTrouble(error);
    if (!trouble) return;
    if (isDamaged(trouble)) this.found(trouble);
    else this.isDoubted = true;
  }

  /** Checks now; simultaneous callers share one check. */
  look(): Promise<void> {
    this.looking ??= this.tryBooks().finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** Checks and reports until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const reading = this.readAll(signal);
    await this.watch(signal);
    await reading;
  }

  /** What lies in a page that nobody asked for yet may have been lost with the power before this start. */
  private async readAll(signal: AbortSignal): Promise<void> {
    try {
      await this.probe.readAll(signal);
    } catch (error) {
      if (error instanceof BooksUnavailable) this.doubt(error);
      else logFailure(this.log, error, 'it cannot be told whether the books are whole');
    }
  }

  private async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = this.trouble ? LOOK_MS.ill : this.isDoubted ? 0 : LOOK_MS.well;
      if (this.clock.elapsedMs() - this.lookedMs >= pause) await this.look();
      await this.notices.tell(this.trouble, signal);
      await this.clock.wait(TICK_MS, signal);
    }
  }

  private async tryBooks(): Promise<void> {
    // Other pages of the file may well take a write: what is damaged stays so until the books are replaced.
    if (isDamaged(this.error)) return;
    const isDoubted = this.isDoubted || this.trouble !== undefined;
    this.lookedMs = this.clock.elapsedMs();
    this.isDoubted = false;
    try {
      if (isDoubted) await this.probe.write();
      else await this.probe.look();
    } catch (error) {
      if (error instanceof BooksUnavailable) return this.found(error);
      return logFailure(this.log, error, 'it cannot be told whether the books can be written');
    } finally {
      this.isDoubted = false; // by the check itself
    }
    await this.isWell();
  }

  private found(error: BooksUnavailable): void {
    if (this.trouble?.error.trouble !== error.trouble) {
      this.log.error({ trouble: error.trouble, reason: reasonOf(error) }, error.message);
      if (isDamaged(error)) this.noteDamage(error);
    }
    this.trouble = { error, since: this.trouble?.since ?? this.clock.now() };
  }

  private noteDamage(error: BooksUnavailable): void {
    try {
      this.probe.noteDamage(reasonOf(error) ?? error.message, this.clock.now());
    } catch (reason) {
      logFailure(this.log, reason, 'the damage could not be noted beside the books');
    }
  }

  private async isWell(): Promise<void> {
    const { trouble } = this;
    if (!trouble) return;
    this.trouble = undefined;
    this.log.info('the books can be written again');
    const now = this.clock.now();
    const detail = { since: trouble.since.toISOString(), message: trouble.error.message };
    await this.stores.journal
      .audit([{ at: now, who: 'loop', what: 'books could not be written', subject: '', detail }])
      .catch((error: unknown) => logFailure(this.log, error, 'that was not written down'));
  }
}

function isDamaged(error: BooksUnavailable | undefined): boolean {
  return error?.trouble === 'damaged';
}

/** The database's own message, for the log. */
function reasonOf({ cause }: BooksUnavailable): string | undefined {
  // The driver puts the statement in front of it.
  // eslint-disable-next-line no-restricted-syntax
  return cause instanceof Error ? cause.message.split(' - ').at(-1) : undefined;
}
