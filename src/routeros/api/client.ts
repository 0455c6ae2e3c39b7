import { systemClock, type Timer, type Timers } from '../../clock';
import { RouterRefused, RouterUnreachable } from '../../errors';
import {
  ApiConnection,
  DEFAULT_LIMITS,
  RouterRestarted,
  RouterSaysTooMuch,
  type ConnectionLimits,
  type AnswerListener,
  type Reply,
  type SendOptions,
} from './connection';
import type { RouterAddress } from './dial';
import { isSuspect, SILENCE, type SilenceLimits } from './silent-line';
import { RestartProbe } from './hung-command-probe';

export interface ClientOptions {
  /** The fingerprint the router's certificate must have, looked up before each connection. */
  knownCertificate?: () => Promise<string | undefined>;
  limits?: ConnectionLimits;
  /** What its deadlines run on; tests let them pass. */
  clock?: Timers;
  /** Silence after which the router is pinged. */
  heartbeatMs?: number;
  /** Waits between attempts; the last one repeats for ever. */
  backOffMs?: readonly number[];
  /**
   * After a refusal (wrong password, no permission), where each try leaves a line in the router's log, and
   * after a reply without end, which each try would transfer again.
   */
  refusedBackOffMs?: number;
  /** How the return of a router is noticed that restarts; tests are less patient. */
  restart?: Partial<RestartLimits>;
  /** When a silent line is doubted; tests are less patient. */
  silence?: Partial<SilenceLimits>;
  /** Called with every answer, and with every answer that did not come in time. */
  onAnswer?: AnswerListener;
  onUp?: (connection: ApiConnection) => void;
  onDown?: (reason: Error) => void;
}

export interface RestartLimits {
  /** A connection that lasted this long was a good one: the back-off starts over after it. */
  steadyMs: number;
  /**
   * After a good one was lost the router is called this often, since it mostly restarts, and until we are back
   * its devices may be faster than their plans. Nothing is logged there for calls that nobody takes.
   */
  callMs: number;
  /** For so long; then the back-off decides. */
  withinMs: number;
  /** See RestartProbe. */
  silentMs: number;
}

const RESTART: RestartLimits = {
  steadyMs: 30_000,
  callMs: 1_000,
  withinMs: 5 * 60_000,
  silentMs: 5_000,
};

/** A shop waits for a router that is back no longer than for a round. */
const BACK_OFF_MS = [1_000, 2_000, 5_000, 10_000];

const HEARTBEAT = ['/system/resource/print', '=.proplist=uptime'];

/**
 * The router as one long-lived connection, reopened whenever it is lost. There is never more than one, except
 * for a moment while a silent one is doubted: a shop's router allows some twenty API sessions and logs every
 * login.
 */
export class RouterClient {
  private connection: ApiConnection | undefined;
  private opening: Promise<ApiConnection> | undefined;
  private failures = 0;
  private lastFailure: Error | undefined;
  private lastAttemptMs = -Infinity;
  private openedAtMs = 0;
  /** Until then a router that restarts is expected back. */
  private expectedUntilMs = -Infinity;
  private retryTimer: Timer | undefined;
  private heartbeatTimer: Timer | undefined;
  private probe: RestartProbe | undefined;
  private doubtTimer: Timer | undefined;
  private isDoubting = false;
  /** When a silent line was last replaced by another one. */
  private replacedAtMs = -Infinity;
  /** Replies without end, one after the other. */
  private oversized = 0;
  private keeping = false;
  private stopped = false;
  private closedSentences = 0;

  private readonly clock: Timers;
  private readonly limits: ConnectionLimits;
  private readonly heartbeatMs: number;
  private readonly backOffMs: readonly number[];
  private readonly refusedBackOffMs: number;
  private readonly restart: RestartLimits;
  private readonly silence: SilenceLimits;

  constructor(
    readonly address: RouterAddress,
    private readonly options: ClientOptions = {},
  ) {
    this.clock = options.clock ?? systemClock;
    this.limits = options.limits ?? DEFAULT_LIMITS;
    this.heartbeatMs = options.heartbeatMs ?? 20_000;
    this.backOffMs = options.backOffMs ?? BACK_OFF_MS;
    this.refusedBackOffMs = options.refusedBackOffMs ?? 60_000;
    this.restart = { ...RESTART, ...options.restart };
    this.silence = { ...SILENCE, ...options.silence };
  }

  get isConnected(): boolean {
    return this.connection?.isOpen ?? false;
  }

  /** Why the last attempt or connection failed; `undefined` while all is well. */
  get trouble(): Error | undefined {
    return this.isConnected ? undefined : this.lastFailure;
  }

  /** Sentences sent over all connections so far. */
  get sentences(): number {
    return this.closedSentences + (this.connection?.sentences ?? 0);
  }

  /** From now on a lost connection is reopened by itself, until `stop`. */
  keepConnected(): void {
    this.keeping = true;
    void this.connected().catch(() => undefined); // failure is kept in `trouble` and retried
  }

  /** Closes the connection and stops trying; customers stay online. */
  stop(): void {
    this.stopped = true;
    this.keeping = false;
    this.retryTimer?.cancel();
    this.heartbeatTimer?.cancel();
    this.doubtTimer?.cancel();
    this.probe?.stop();
    this.connection?.close();
  }

  /**
   * Sends one sentence, connecting first if need be. See ApiConnection.send for what it throws; while the
   * router is known to be away it fails at once with the reason.
   */
  async send<T>(words: readonly string[], options: SendOptions<T>): Promise<Reply<T>> {
    const connection = await this.connected();
    return connection.send(words, options);
  }

  /**
   * The open connection, opened first if need be.
   * @throws RouterUnreachable or RouterRefused; at once while the router is known to be away
   */
  connected(): Promise<ApiConnection> {
    if (this.connection?.isOpen) return Promise.resolve(this.connection);
    if (this.opening) return this.opening;
    // Callers that remain must not wait for a database that is already closed.
    if (this.stopped) return Promise.reject(new RouterUnreachable('The program is stopping'));
    if (
      this.lastFailure &&
      this.clock.elapsedMs() - this.lastAttemptMs < this.pauseMs(this.lastFailure)
    ) {
      return Promise.reject(this.lastFailure);
    }
    this.opening = this.open().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** How soon a request may make us dial again. */
  private pauseMs(failure: Error): number {
    return this.mayComeBack(failure) ? this.backOffMs[0]! : this.refusedBackOffMs;
  }

  private async open(): Promise<ApiConnection> {
    this.retryTimer?.cancel();
    this.lastAttemptMs = this.clock.elapsedMs();
    try {
      return this.use(await this.dial());
    } catch (error) {
      this.failed(error as Error);
      throw error;
    }
  }

  private async dial(): Promise<ApiConnection> {
    const fingerprint = await this.options.knownCertificate?.();
    if (this.stopped) throw new RouterUnreachable('The program is stopping');
    const connection = await ApiConnection.open(
      { ...this.address, fingerprint },
      this.limits,
      this.clock,
    );
    if (!this.stopped) return connection;
    connection.close();
    throw new RouterUnreachable('The program is stopping');
  }

  private use(connection: ApiConnection): ApiConnection {
    connection.onAnswer = this.options.onAnswer;
    this.connection = connection;
    this.openedAtMs = this.clock.elapsedMs();
    this.lastFailure = undefined;
    this.expectedUntilMs = -Infinity;
    this.probe?.stop();
    this.beat(connection);
    this.watch(connection);
    this.doubt(connection);
    void connection.down.then((reason) => this.lost(connection, reason));
    this.options.onUp?.(connection);
    return connection;
  }

  private lost(connection: ApiConnection, reason: Error): void {
    this.closedSentences += connection.sentences;
    if (this.connection !== connection) return; // another one took its place
    this.heartbeatTimer?.cancel();
    this.doubtTimer?.cancel();
    this.probe?.stop();
    this.connection = undefined;
    const { steadyMs, withinMs } = this.restart;
    if (this.clock.elapsedMs() - this.openedAtMs > steadyMs) {
      this.failures = 0;
      this.oversized = 0;
      this.expectedUntilMs = this.clock.elapsedMs() + withinMs;
    }
    this.failed(reason);
  }

  private failed(reason: Error): void {
    this.lastFailure = reason;
    if (reason instanceof RouterSaysTooMuch) this.oversized += 1;
    this.options.onDown?.(reason);
    if (!this.keeping) return;
    const base = this.retryAfterMs(reason);
    this.failures += 1;
    // Up to a fifth more, so that several programs do not reconnect in step after a power cut.
    this.retryTimer = this.clock.after(base * (1 + Math.random() / 5), () => this.retry());
  }

  private retryAfterMs(reason: Error): number {
    if (reason instanceof RouterRestarted) return 0; // it was just called, and answered
    if (!this.mayComeBack(reason)) return this.refusedBackOffMs;
    const backOffMs = this.backOffMs[Math.min(this.failures, this.backOffMs.length - 1)]!;
    const isExpected = this.clock.elapsedMs() < this.expectedUntilMs;
    return isExpected ? Math.min(backOffMs, this.restart.callMs) : backOffMs;
  }

  /**
   * Whether calling again may find it well; otherwise somebody has to change something first. A reply without end
   * may come of one broken byte, but not twice.
   */
  private mayComeBack(failure: Error): boolean {
    if (failure instanceof RouterSaysTooMuch) return this.oversized < 2;
    return !(failure instanceof RouterRefused);
  }

  private retry(): void {
    this.lastAttemptMs = -Infinity;
    void this.connected().catch(() => undefined);
  }

  /** Of a router that restarted the connection is dead, whatever our system thinks. */
  private watch(connection: ApiConnection): void {
    const { host, port } = this.address;
    const { silentMs, callMs } = this.restart;
    this.probe = new RestartProbe(
      { host, port, silentMs, everyMs: callMs },
      () => connection.silentMs,
      () => connection.restarted(),
      this.clock,
    );
  }

  /**
   * A line that is silent for much longer than usual is compared with another one, dialled beside it. Where that
   * one is answered and the first still is not, the first is dead.
   */
  private doubt(connection: ApiConnection): void {
    this.doubtTimer?.cancel();
    this.doubtTimer = this.clock.every(this.silence.everyMs, () => void this.compare(connection));
  }

  private async compare(connection: ApiConnection): Promise<void> {
    const { againMs } = this.silence;
    const isToBeDoubted = () => connection.isOpen && isSuspect(connection.signs, this.silence);
    if (this.isDoubting || this.clock.elapsedMs() - this.replacedAtMs < againMs) return;
    if (!isToBeDoubted()) return;
    this.isDoubting = true;
    let other: ApiConnection | undefined;
    try {
      other = await this.dial();
      await other.send(HEARTBEAT, { read: () => undefined });
      if (isToBeDoubted()) {
        this.replacedAtMs = this.clock.elapsedMs();
        this.use(other);
        connection.replaced();
        other = undefined;
      }
    } catch {
      // The router as a whole is away, or busy: the deadlines of the first one decide.
    } finally {
      // A router lets in some twenty sessions: one that is not used must not stay.
      other?.close();
      this.isDoubting = false;
    }
  }

  /** A power cut sends no FIN: only asking finds out. Two unanswered pings end the connection. */
  private beat(connection: ApiConnection): void {
    this.heartbeatTimer?.cancel();
    this.heartbeatTimer = this.clock.every(this.heartbeatMs, () => {
      if (this.clock.elapsedMs() - connection.lastHeardMs < this.heartbeatMs) return;
      // A refusal is an answer, and the connection itself counts silence.
      connection.send(HEARTBEAT, { read: () => undefined }).catch(() => undefined);
    });
  }
}
