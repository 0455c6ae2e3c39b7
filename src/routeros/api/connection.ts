import { systemClock, type Timer, type Timers } from '../../clock';
import { AppError, RouterRefused, RouterUnreachable } from '../../errors';
import { CodecError, RowReader, SentenceDecoder, TooMuch, toRow, type Row } from './codec';
import {
  checkCertificate,
  dial,
  dialError,
  hungUp,
  where,
  wrongPort,
  type Call,
  type RouterAddress,
} from './dial';
import { REPLY_LIMITS } from './reply-limits';
import { Pace, type PaceLimits } from './pace';
import { looksLikeTls, speaks } from './peer-protocol';
import type { LineSigns } from './silent-line';
import { brief, toTrap, type Trap } from './trap';
import { WordText } from './word-text';
import { say } from '../../text';

/** One TCP connection to the router's API: dial, log in, talk, die once. */

export interface ConnectionLimits {
  /** For TCP and TLS together. */
  connectMs: number;
  /** For the login: small boards were seen to take nine seconds. */
  loginMs: number;
  /** How long a command may take: since it was sent, or since the one sent before it was answered. */
  commandMs: number;
  /** The same for a whole table and for a write, which take their time on a small board. */
  longMs: number;
  /** Commands on the wire at once, at most; see Pace. The rest wait their turn. */
  inFlight: number;
  /** Commands that may wait, and for how long without any answer, before the router counts as too slow. */
  queued: number;
  queuedMs: number;
  /** What counts as a fast answer, and as a slow one. */
  pace?: PaceLimits;
}

/**
 * @param command such as `/queue/simple/print`, without its values
 * @param ms since it was sent
 */
export type AnswerListener = (
  command: string,
  ms: number,
  outcome: 'done' | 'refused' | 'late',
) => void;

/**
 * What a command is for: a customer who waits for the answer, the shop's work, or a page somebody only looks
 * at. Who waits does not stand behind the writes of a whole round.
 */
const LANES = ['customer', 'work', 'page'] as const;
type Lane = (typeof LANES)[number];

/**
 * Requests of pages. However many people look at pages, the loop and paying customers find the connection
 * free: such a request goes out when nothing else waits, and not when the connection is half full.
 */
const PAGE_LANE = { inFlight: 2, queued: 8, queuedMs: 1_000 };

export const DEFAULT_LIMITS: ConnectionLimits = {
  connectMs: 8_000,
  loginMs: 30_000,
  commandMs: 10_000,
  longMs: 30_000,
  inFlight: 24,
  queued: 50_000,
  queuedMs: 60_000,
};

/** A timer that fires later than this fires late because the process was busy. */
const TIMER_LATENESS_MS = 20;

/** When a port that does not answer is asked whether it is the other one, and how long for its answer. */
const WRONG_PORT = { askAfterMs: 2_000, answerMs: 2_000 };

/** The reply to one command: its rows, and `=ret=` (the new id of an add, the number of a count). */
export interface Reply<T = Row> {
  rows: T[];
  ret: string | undefined;
}

export interface SendOptions<T> {
  /** A whole table or a write, which may take longer than other commands. */
  isLong?: boolean;
  /** `work` without; `page` for a question that may be left without an answer, see RouterBusy. */
  lane?: Lane | undefined;
  /** Maps each row as it comes in; `undefined` leaves a row out. */
  read: (row: Row) => T | undefined;
  /** Gets every sentence of the reply as it came, with its tag. */
  hear?: ((words: readonly string[]) => void) | undefined;
}

/** No answer in time. Whether the command was carried out is unknown: check before sending it again. */
export class CommandTimeout extends RouterUnreachable {}

/** A page's request found no room on the connection, or not soon enough. The router may be well. */
export class RouterBusy extends RouterUnreachable {}

/** The router sent more than a sane router would. It would do so again, so reconnecting is slow. */
export class RouterSaysTooMuch extends RouterUnreachable {}

/** It stayed silent, and another connection to the same router answered. What only reads may be asked there. */
export class LineReplaced extends RouterUnreachable {}

/** It was away for a moment, and knows nothing of the connection any more. */
export class RouterRestarted extends RouterUnreachable {}

interface Command {
  words: readonly string[];
  lane: Lane;
  timeoutMs: number;
  queuedAt: number;
  sentAt: number;
  /** Of its reply so far. */
  rows: number;
  bytes: number;
  /** Keeps the row in the shape the sender asked for. */
  take(row: Row): void;
  reader: RowReader;
  hear: SendOptions<unknown>['hear'];
  trap: Trap | undefined;
  /** Of the question of a page, while it waits to be sent. */
  timer: Timer | undefined;
  done(ret: string | undefined): void;
  reject(error: Error): void;
}

export class ApiConnection {
  /** Sentences sent since the connection was opened, login included. */
  sentences = 0;
  /** Milliseconds (monotonic) at which the router last said anything. */
  lastHeardMs: number;
  /** Fingerprint of the certificate shown, on TLS with one. */
  fingerprint: string | undefined;

  /** In the order in which they were sent. */
  private readonly inFlight = new Map<string, Command>();
  /** Runs for the first of those under way; the others' time begins when it is answered. */
  private deadline: Timer | undefined;
  /** When the first of those under way became the first. */
  private turnBeganMs = 0;
  /** When the last answer ended. */
  private answeredMs = 0;
  private readonly pace: Pace;
  private readonly waiting: Record<Lane, Command[]> = { customer: [], work: [], page: [] };
  private readonly decoder = new SentenceDecoder(
    (words, bytes) => this.receive(words, bytes),
    REPLY_LIMITS.beforeLogin,
    (bytes) => this.text.read(bytes),
  );
  /** Bytes since the last reply that ended, of all replies that are under way. */
  private unfinishedBytes = 0;
  private nextTag = 1;
  /** When a part of an answer came that somebody waits for. */
  private progressMs = 0;
  private silentInARow = 0;
  /** Somebody took the call, by TCP. */
  private isCalled = false;
  /** A sentence of the API came. */
  private isApi = false;
  private answers = 0;
  private downReason: Error | undefined;
  /** Watches how long answers take. */
  onAnswer: AnswerListener | undefined;
  private onDown: (reason: Error) => void = () => undefined;

  /** Resolves, with the reason, when the connection has died; never rejects. */
  readonly down = new Promise<Error>((resolve) => {
    this.onDown = resolve;
  });

  private constructor(
    private readonly call: Call,
    private readonly limits: ConnectionLimits,
    private readonly text: WordText,
    private readonly clock: Timers,
  ) {
    this.lastHeardMs = clock.elapsedMs();
    this.pace = new Pace(limits.inFlight, limits.pace);
  }

  /**
   * Dials, checks the certificate, logs in.
   * @throws RouterUnreachable when nobody answers, RouterRefused when the router does not want us.
   */
  static async open(
    address: RouterAddress,
    limits = DEFAULT_LIMITS,
    clock: Timers = systemClock,
  ): Promise<ApiConnection> {
    const text = address.text ?? new WordText();
    const connection = new ApiConnection(dial(address), limits, text, clock);
    try {
      await connection.begin(address);
    } catch (error) {
      connection.die(error as Error);
      throw error;
    }
    return connection;
  }

  /** Whether its answers take their time. */
  get isSlow(): boolean {
    return this.pace.isSlow;
  }

  get isOpen(): boolean {
    return this.downReason === undefined;
  }

  /**
   * Sends one sentence and waits for its `!done`.
   * @param words menu and command first, then `=name=value` and `?query` words, without a tag
   * @throws Trap, CommandTimeout, RouterBusy for the question of a page, or RouterUnreachable when the
   *   connection is lost meanwhile
   */
  send<T>(words: readonly string[], options: SendOptions<T>): Promise<Reply<T>> {
    return new Promise((resolve, reject) => {
      if (this.downReason) return reject(lost(this.downReason));
      const { lane = 'work' } = options;
      if (lane === 'page' && this.waiting.page.length >= PAGE_LANE.queued) {
        return reject(new RouterBusy('The router has more important things to do'));
      }
      if (this.waiting[lane].length >= this.limits.queued) {
        return reject(
          new RouterUnreachable('The router is too slow: too many commands are waiting'),
        );
      }
      const rows: T[] = [];
      const command: Command = {
        words,
        lane,
        timeoutMs: options.isLong ? this.limits.longMs : this.limits.commandMs,
        queuedAt: this.clock.elapsedMs(),
        sentAt: 0,
        rows: 0,
        bytes: 0,
        take: (row) => {
          const kept = options.read(row);
          if (kept !== undefined) rows.push(kept);
        },
        reader: new RowReader(),
        hear: options.hear,
        trap: undefined,
        timer: undefined,
        done: (ret) => resolve({ rows, ret }),
        reject,
      };
      this.waiting[lane].push(command);
      this.pump();
      if (lane === 'page' && this.waiting.page.includes(command)) {
        command.timer = this.clock.after(PAGE_LANE.queuedMs, () => this.leaveLine(command));
      }
    });
  }

  /** How long the command whose turn it is has waited without a byte from the router; 0 when none waits. */
  get silentMs(): number {
    if (this.inFlight.size === 0) return 0;
    return this.clock.elapsedMs() - Math.max(this.turnBeganMs, this.lastHeardMs);
  }

  /** What it shows of itself; see `isSuspect`. */
  get signs(): LineSigns {
    const [first] = this.inFlight.values();
    return {
      silentMs: this.silentMs,
      isCut: this.decoder.isCut,
      isReading: first !== undefined && nameOf(first).endsWith('/print'),
      answers: this.answers,
      usualMs: this.pace.usual,
    };
  }

  /** Another connection takes its place; commands still waiting are rejected. */
  replaced(): void {
    this.die(new LineReplaced('The line to the router was dead; another one is open'));
  }

  /** The router knows nothing of this connection any more; commands still waiting are rejected. */
  restarted(): void {
    this.die(new RouterRestarted('The router restarted'));
  }

  /** Closes at once; commands still waiting are rejected. */
  close(): void {
    this.die(new RouterUnreachable('The connection to the router was closed'));
  }

  private async begin(address: RouterAddress): Promise<void> {
    const { connectMs, loginMs } = this.limits;
    const isPlain = address.tls === 'off';
    // In the clear it is the login that an api-ssl port does not understand, over TLS it is the handshake.
    const dialed = this.within(connectMs, this.ready(address), address);
    await (isPlain ? dialed : this.orWrongPort(connectMs, dialed, address));
    const loggedIn = this.within(loginMs, this.login(address), address);
    await (isPlain ? this.orWrongPort(loginMs, loggedIn, address) : loggedIn);
    this.decoder.limits = REPLY_LIMITS.afterLogin;
  }

  /**
   * A step that the other port of the API would not understand. Where it fails, or takes its time, the port is
   * asked which of the two it is.
   * @param ms how long the step may take
   * @throws what the step throws, or what is wrong with the port
   */
  private async orWrongPort(
    ms: number,
    step: Promise<void>,
    address: RouterAddress,
  ): Promise<void> {
    const other = address.tls === 'off' ? 'tls' : 'api';
    let asked: Promise<boolean> | undefined;
    const withinMs = Math.min(WRONG_PORT.answerMs, ms / 2);
    const isOther = () => (asked ??= speaks(other, address, withinMs, this.clock));
    const dieIfOther = async () => {
      if (!this.isApi && (await isOther())) this.die(wrongPort(address));
    };
    const early = this.clock.after(
      Math.min(WRONG_PORT.askAfterMs, ms / 4),
      () => void dieIfOther(),
    );
    try {
      await step;
    } catch (error) {
      const mayBe = this.isCalled && !this.isApi && !(error instanceof RouterRefused);
      throw mayBe && (await isOther()) ? wrongPort(address) : error;
    } finally {
      early.cancel();
    }
  }

  private async ready(address: RouterAddress): Promise<void> {
    let isFirst = true;
    const { socket } = this.call;
    this.call.onData((data) => {
      if (!this.isOpen) return;
      try {
        this.lastHeardMs = this.clock.elapsedMs();
        if (isFirst && looksLikeTls(data)) return this.die(wrongPort(address));
        isFirst = false;
        this.decoder.push(data);
      } catch (error) {
        // Whatever went wrong came over this connection: it costs the connection, not the program.
        this.die(unreadable(address, error as Error));
      }
    });
    // Ours first: the library replaces errors by ones without a message.
    socket.prependListener('error', (error) => this.die(dialError(address, error)));
    socket.on('close', () => this.die(hungUp(address)));
    socket.once('connect', () => (this.isCalled = true));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 15_000);
    await Promise.race([
      new Promise<void>((resolve) => this.call.onTaken(resolve)),
      this.down.then((reason) => Promise.reject(reason)),
    ]);
    if (address.tls === 'on') this.fingerprint = checkCertificate(socket, address);
  }

  private async within(ms: number, step: Promise<void>, address: RouterAddress): Promise<void> {
    const silent = say`${where(address)} accepted the call but stayed silent`;
    const deadline = this.clock.after(ms, () => this.die(new RouterUnreachable(silent)));
    await step.finally(() => deadline.cancel());
  }

  private async login(address: RouterAddress): Promise<void> {
    const reply = await this.send(
      ['/login', `=name=${address.username}`, `=password=${address.password}`],
      { read: () => undefined },
    );
    if (reply.ret === undefined) return;
    throw new RouterRefused(
      say`${where(address)} asks for the login of RouterOS before 6.43, which protects no password: update the router`,
    );
  }

  private pump(): void {
    for (let command = this.next(); command; command = this.next()) {
      command.timer?.cancel();
      if (
        this.clock.elapsedMs() - Math.max(command.queuedAt, this.answeredMs) >
        this.limits.queuedMs
      ) {
        command.reject(new RouterUnreachable('The router is too slow: a command waited too long'));
        continue;
      }
      this.dispatch(command);
    }
  }

  /** Takes the command that goes out next, if there is room for it. */
  private next(): Command | undefined {
    const { inFlight } = this.pace;
    const { customer, work } = this.waiting;
    const first = customer.length > 0 ? customer : work;
    if (this.inFlight.size < inFlight && first.length > 0) return first.shift();
    if (this.waiting.page.length === 0 || this.inFlight.size >= inFlight / 2) return undefined;
    const pages = [...this.inFlight.values()].filter(({ lane }) => lane === 'page').length;
    return pages < PAGE_LANE.inFlight ? this.waiting.page.shift() : undefined;
  }

  private dispatch(command: Command): void {
    const tag = (this.nextTag++).toString(36);
    this.inFlight.set(tag, command);
    command.sentAt = this.clock.elapsedMs();
    if (this.inFlight.size === 1) this.beginTurn();
    this.write([...command.words, `.tag=${tag}`]);
  }

  /** The router turns to the command that was sent first of those under way. */
  private beginTurn(): void {
    this.deadline?.cancel();
    this.turnBeganMs = this.clock.elapsedMs();
    const [first] = this.inFlight;
    if (first) this.awaitFirst(...first, first[1].timeoutMs);
  }

  /**
   * What this process was busy with until then is no silence of the router: its answer may lie there unread,
   * so that much time more is given.
   */
  private awaitFirst(tag: string, command: Command, ms: number): void {
    const dueMs = this.clock.elapsedMs() + ms;
    this.deadline = this.clock.after(ms, () => {
      const busyMs = this.clock.elapsedMs() - dueMs;
      if (busyMs > TIMER_LATENESS_MS) this.awaitFirst(tag, command, busyMs);
      else this.expire(tag, command);
    });
  }

  private leaveLine(command: Command): void {
    this.waiting.page = this.waiting.page.filter((each) => each !== command);
    command.reject(new RouterBusy('The router has more important things to do'));
  }

  private write(words: readonly string[]): void {
    this.sentences += 1;
    this.call.socket.write(this.text.encode(words));
  }

  private expire(tag: string, command: Command): void {
    this.inFlight.delete(tag);
    this.onAnswer?.(nameOf(command), this.clock.elapsedMs() - command.sentAt, 'late');
    const detail = { command: nameOf(command) };
    command.reject(new CommandTimeout('The router did not answer in time', { detail }));
    // While answers come in, were it slowly, what was too slow was only this command.
    this.silentInARow = this.progressMs >= this.turnBeganMs ? 0 : this.silentInARow + 1;
    this.beginTurn();
    if (this.silentInARow >= 2) {
      this.die(new RouterUnreachable('The router stopped answering'));
      return;
    }
    this.write(['/cancel', `=tag=${tag}`, `.tag=${(this.nextTag++).toString(36)}`]);
    this.pump();
  }

  /**
   * One reply sentence. Words we do not know and tags nobody waits for are ignored: both happen.
   * @throws TooMuch
   */
  private receive(words: string[], bytes: number): void {
    if (!this.isOpen) return;
    const kind = words[0]!;
    this.isApi ||= kind.startsWith('!');
    if (kind === '!fatal') {
      const reason =
        toRow(words).message ?? words.slice(1).find((word) => !word.startsWith('.tag='));
      this.die(
        new RouterUnreachable(
          say`The router ended the connection: ${brief(reason ?? 'no reason given')}`,
        ),
      );
      return;
    }
    const tagWord = words.find((word) => word.startsWith('.tag='));
    const tag = tagWord?.slice('.tag='.length) ?? '';
    const command = this.inFlight.get(tag);
    this.count(command, kind, bytes);
    if (!command) return;
    this.progressMs = this.clock.elapsedMs();
    command.hear?.(words);
    if (kind === '!re') command.take(command.reader.read(words));
    else if (kind === '!trap') command.trap ??= toTrap(nameOf(command), toRow(words));
    else if (kind === '!done') this.finish(tag, command, toRow(words).ret);
  }

  private count(command: Command | undefined, kind: string, bytes: number): void {
    const { replyRows, replyBytes, unfinishedBytes } = this.decoder.limits;
    this.unfinishedBytes += bytes;
    if (command) {
      command.bytes += bytes;
      if (kind === '!re') command.rows += 1;
      const reply = `a reply to ${nameOf(command)} of more than`;
      if (command.rows > replyRows) throw new TooMuch(`${reply} ${replyRows} rows`);
      if (command.bytes > replyBytes) throw new TooMuch(`${reply} ${replyBytes} bytes`);
    }
    if (this.unfinishedBytes > unfinishedBytes) {
      throw new TooMuch(`more than ${unfinishedBytes} bytes that end no reply`);
    }
  }

  private finish(tag: string, command: Command, ret: string | undefined): void {
    const [first] = this.inFlight.keys();
    this.inFlight.delete(tag);
    const now = this.clock.elapsedMs();
    this.pace.answered(now - Math.max(this.answeredMs, command.sentAt));
    this.answeredMs = now;
    this.answers += 1;
    if (tag === first) this.beginTurn();
    this.unfinishedBytes = 0;
    for (const { bytes } of this.inFlight.values()) this.unfinishedBytes += bytes;
    this.silentInARow = 0;
    this.onAnswer?.(nameOf(command), now - command.sentAt, command.trap ? 'refused' : 'done');
    if (command.trap) command.reject(command.trap);
    else command.done(ret);
    this.pump();
  }

  /** The only way out: however the connection ends, every caller is told, once. */
  private die(reason: Error): void {
    if (this.downReason) return;
    this.downReason = reason;
    this.call.hangUp();
    this.deadline?.cancel();
    const waiting = LANES.flatMap((lane) => this.waiting[lane]);
    const commands = [...this.inFlight.values(), ...waiting];
    this.inFlight.clear();
    for (const lane of LANES) this.waiting[lane] = [];
    for (const command of commands) {
      command.timer?.cancel();
      command.reject(lost(reason));
    }
    this.onDown(reason);
  }
}

function nameOf(command: Pick<Command, 'words'>): string {
  return command.words[0] ?? '';
}

/** Each waiting command gets its own error, so that stacks show who waited; refusals stay refusals. */
function lost(reason: Error): Error {
  // Their kind says how soon to try again: a login that is waiting may hear of it first.
  if ([RouterRefused, RouterSaysTooMuch, LineReplaced].some((kind) => reason instanceof kind)) {
    return reason;
  }
  const text = reason instanceof AppError ? reason.text : reason.message;
  return new RouterUnreachable(text, { cause: reason });
}

function unreadable(address: RouterAddress, error: Error): RouterUnreachable {
  const cause = { cause: error };
  if (error instanceof TooMuch) {
    return new RouterSaysTooMuch(
      say`${where(address)} sent more than a router has to say: ${error.message}. The line was closed; check that this is your router and that nobody stands between`,
      cause,
    );
  }
  const [at, said] = [where(address), error.message];
  const text =
    error instanceof CodecError
      ? say`${at} does not speak the RouterOS API: ${said}`
      : say`${at} cannot be read: ${said}`;
  return new RouterUnreachable(text, cause);
}
