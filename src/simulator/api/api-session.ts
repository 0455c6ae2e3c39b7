import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Timer } from '../../clock';
import { CodecError, SentenceDecoder } from '../../routeros/api/codec';
import type { UpDown } from '../../routeros/api/values';
import { ApiLogin } from './api-login';
import { readWord, writeSentence } from './raw-text';
import { ChunkedWriter } from './chunked-writer';
import type { CommandLog } from './command-log';
import type { FaultAction } from '../engine/faults';
import type { Outcome } from '../engine/menu-spec';
import { interrupted, Refusal } from '../engine/refusals';
import type { SlowBoard } from '../engine/slow-board';
import { closing, needsEmpty, rowReplies, sentence, trapReply, withTag } from './replies';
import { splitPath, type Shell } from '../menus/shell';
import { Entry, type Values } from '../engine/table';
import type { ApiUse, World } from '../world/world';

/**
 * How a connection dies: with FIN, with RST, or silently, as when the cable is pulled. After a power cut it is
 * silent too, until the router is up again and knows nothing of the connection.
 */
export type Drop = 'fin' | 'rst' | 'silent' | 'power-cut';

/** Linux sends again what was not acknowledged after this, and then after twice as long each time. */
const SENT_AGAIN_MS = 200;

const ROWS_IN_A_BATCH = 100;
const NOT_LOGGED_IN = 'not logged in';

interface Running {
  readonly tag: string;
  timer: Timer | undefined;
  /** Ends what it goes on telling. */
  unfollow: (() => void) | undefined;
}

/** One connection: from incoming words to outgoing replies. */
export class ApiSession {
  private readonly writer: ChunkedWriter;
  private readonly login: ApiLogin;
  private readonly address: string;
  private user: Entry | undefined;
  private use: Entry<ApiUse> | undefined;
  /** Commands not finished yet, which `/cancel` may interrupt. */
  private running: Running[] = [];
  /** Commands that came while a slow router was busy with another. */
  private backlog: string[][] = [];
  private backlogTimer: Timer | undefined;
  /** Neither reads nor answers any more. */
  private dumb = false;
  /** The power was cut; nobody on the router has heard of this connection. */
  private isForgotten = false;
  /** Bytes that queues have counted. */
  private counted: UpDown = { up: 0, down: 0 };
  private refusalTimer: Timer | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly world: World,
    private readonly shell: Shell,
    private readonly log: CommandLog,
  ) {
    this.address = world.faults.seenFrom ?? socket.remoteAddress ?? '';
    this.writer = new ChunkedWriter(socket, world.faults);
    this.login = new ApiLogin(world, this.address);
    const receive = (words: string[]) => this.receive(words);
    const decoder = new SentenceDecoder(receive, undefined, readWord);
    socket.on('data', (bytes) => {
      if (this.isForgotten) return this.refuseAgain(0);
      try {
        if (!this.dumb) decoder.push(bytes);
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        this.drop('rst');
      }
    });
    socket.on('end', () => {
      if (!world.faults.halfOpenOnClose && !this.dumb) socket.end();
    });
    socket.on('close', () => this.forget());
  }

  drop(how: Drop): void {
    this.dumb = true;
    this.forget();
    if (how === 'fin') this.socket.end();
    if (how === 'rst') reset(this.socket);
    this.isForgotten = how === 'power-cut';
  }

  /** A router that is up answers RST to what it knows nothing of; one that is not, nothing. */
  private refuseAgain(afterMs: number): void {
    this.isForgotten = false; // one of these is enough
    this.world.advance();
    if (!this.world.booting) return reset(this.socket);
    const nextMs = afterMs === 0 ? SENT_AGAIN_MS : 2 * afterMs;
    this.refusalTimer = this.world.line.after(nextMs, () => this.refuseAgain(nextMs));
  }

  private receive(words: string[]): void {
    if (this.dumb) return;
    if (this.world.board) return this.queueUp(this.world.board, words);
    if (this.world.faults.commandMs === 0 && this.backlog.length === 0) return this.begin(words);
    this.backlog.push(words);
    if (this.backlog.length === 1) this.workOff();
  }

  private queueUp(board: SlowBoard, words: string[]): void {
    const { menu, command } = splitPath(words[0]!);
    const loggingIn = words.find((word) => word.startsWith('=name='))?.slice('=name='.length);
    board.take(this.user?.name ?? loggingIn ?? '', {
      ...{ menu, command },
      isWanted: () => !this.dumb && !this.socket.destroyed,
      execute: () => this.begin(words),
    });
  }

  private workOff(): void {
    const { line, faults } = this.world;
    this.backlogTimer = line.after(faults.commandMs, () => {
      const words = this.backlog.shift();
      if (words && !this.dumb) this.begin(words);
      if (this.backlog.length > 0) this.workOff();
    });
  }

  private begin(words: string[]): void {
    this.log.record(words);
    const tag = words.find((word) => word.startsWith('.tag='))?.slice('.tag='.length) ?? '';
    const { menu, command } = splitPath(words[0]!);
    const own = menu === '/simulator' || menu.startsWith('/simulator/');
    const fault = own ? undefined : this.world.faults.meet(menu, command);
    const run = this.start(tag);
    if (fault) this.suffer(fault, words, run);
    else this.perform(words, run, (replies) => this.writer.sentences(replies));
  }

  /** Executes and answers; `send` takes the reply sentences, complete with tags. */
  private perform(words: string[], run: Running, send: (replies: string[][]) => void): void {
    const replies = this.execute(words, run);
    if (replies) send(replies.map((reply) => this.tagged(reply, run.tag)));
  }

  /** The whole reply, or `undefined` if it is sent in another way. */
  private execute(words: string[], run: Running): string[][] | undefined {
    const path = words[0]!;
    if (path === '/login') return this.answer(run, () => this.logIn(words));
    if (!this.user) return this.farewell(NOT_LOGGED_IN);
    if (path === '/quit') return this.farewell('session terminated on request');
    if (path === '/cancel') return this.cancel(words, run);
    const caller = this.world.rightsOf(this.user);
    this.world.onCommand();
    return this.answer(run, () => this.shell.execute(words, caller));
  }

  private answer(run: Running, execute: () => Outcome): string[][] | undefined {
    const { personality, faults } = this.world;
    try {
      const outcome = execute();
      const rows = rowReplies(outcome);
      if (outcome.running) {
        run.unfollow = outcome.follow?.((news) => this.writer.sentences(this.told(news, run)));
        return rows;
      }
      if (outcome.later) return this.answerLater(outcome.later, rows, run);
      const end = closing(outcome, needsEmpty(outcome, faults.emptyReply, personality));
      if (faults.slowPrintMs > 0 && rows.length > 0) return this.sendSlowly([...rows, ...end], run);
      this.finish(run);
      return [...rows, ...end];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.finish(run);
      return [trapReply(error, personality), ['!done']];
    }
  }

  private told(rows: Values[], { tag }: Running): string[][] {
    return rowReplies({ rows }).map((reply) => this.tagged(reply, tag));
  }

  /** A command that takes its time; until it is done it can be cancelled. */
  private answerLater(later: Promise<Outcome>, rows: string[][], run: Running): string[][] {
    const { personality, faults } = this.world;
    const send = (replies: string[][]) => {
      if (this.dumb || !this.running.includes(run)) return;
      this.finish(run);
      this.writer.sentences(replies.map((reply) => this.tagged(reply, run.tag)));
    };
    later.then(
      (outcome) => {
        const end = closing(outcome, needsEmpty(outcome, faults.emptyReply, personality));
        send([...rowReplies(outcome), ...end]);
      },
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        send([trapReply(error, personality), ['!done']]);
      },
    );
    return rows;
  }

  private logIn(words: string[]): Outcome {
    this.world.advance();
    const result = this.login.attempt(words);
    if (!(result instanceof Entry)) return result;
    this.user = result;
    this.use ??= this.world.sessions.add(
      { name: result.name, address: this.address, via: 'api', group: result.values['group'] ?? '' },
      {
        since: this.world.now,
        close: () => this.drop('fin'),
        moved: () => this.moved(),
      },
    );
    return {};
  }

  /** Up is what the other end sent. */
  private moved(): UpDown {
    const { bytesRead, bytesWritten } = this.socket;
    const { up, down } = this.counted;
    this.counted = { up: bytesRead, down: bytesWritten };
    return { up: bytesRead - up, down: bytesWritten - down };
  }

  private cancel(words: string[], run: Running): string[][] {
    const wanted = words.find((word) => word.startsWith('=tag='))?.slice('=tag='.length);
    const { personality } = this.world;
    this.finish(run);
    const victims = this.running.filter(({ tag }) => wanted === undefined || tag === wanted);
    const trap = trapReply(interrupted(), personality);
    const traps = victims.map(({ tag }) => this.tagged(trap, tag));
    const ends = victims.map(({ tag }) => this.tagged(['!done'], tag));
    victims.forEach((victim) => this.finish(victim));
    this.writer.sentences([...traps, this.tagged(['!done'], run.tag), ...ends]);
    return [];
  }

  /** `!fatal` carries no tag, and its reason is a bare word. */
  private farewell(reason: string): undefined {
    this.writer.sentences([['!fatal', reason]]);
    this.writer.afterAll(() => this.drop('fin'));
    this.dumb = true;
  }

  private sendSlowly(replies: string[][], run: Running): undefined {
    const batch = () => {
      const next = replies.splice(0, ROWS_IN_A_BATCH).map((reply) => this.tagged(reply, run.tag));
      this.writer.sentences(next);
      if (replies.length === 0) this.finish(run);
      else this.later(run, this.world.faults.slowPrintMs, batch);
    };
    this.later(run, this.world.faults.slowPrintMs, batch);
  }

  private suffer(fault: FaultAction, words: string[], run: Running): void {
    const send = (replies: string[][]) => this.writer.sentences(replies);
    switch (fault.kind) {
      case 'trap':
        this.finish(run);
        return send(trapFault(fault).map((reply) => this.tagged(reply, run.tag)));
      case 'unknown-reply':
        send([this.tagged(sentence('!surprise', { reason: 'a fault' }), run.tag)]);
        return this.perform(words, run, send);
      case 'foreign-tag':
        send(
          [sentence('!re', { name: 'stranger' }), ['!done']].map((reply) =>
            this.tagged(reply, 'foreign'),
          ),
        );
        return this.perform(words, run, send);
      case 'fatal':
        this.dumb = true;
        send([['!fatal', fault.message ?? 'session terminated']]);
        return fault.close ? this.writer.afterAll(() => this.drop('fin')) : undefined;
      case 'no-answer':
        // Stays among the running ones, so that it can be cancelled.
        if (fault.executed) this.perform(words, { ...run }, () => undefined);
        return;
      case 'delay':
        return this.later(run, fault.ms, () => this.perform(words, run, send));
      case 'meanwhile':
        fault.does();
        return this.perform(words, run, send);
      case 'reset-mid-reply':
        return this.perform(words, run, (replies) => this.breakOff(replies, 'rst'));
      case 'close-mid-sentence':
        return this.perform(words, run, (replies) => this.breakOff(replies, 'fin'));
      case 'answer-then-drop':
        return this.perform(words, run, () => this.drop('rst'));
      case 'answered-only':
        this.finish(run);
        return send([this.tagged(['!done'], run.tag)]);
      case 'drop-before':
        return this.drop('rst');
    }
  }

  /** `rst` comes half-way through the reply, `fin` inside its last sentence. */
  private breakOff(replies: string[][], how: 'rst' | 'fin'): void {
    const whole = replies.map(writeSentence);
    const bytes = Buffer.concat(whole);
    const last = whole.at(-1)?.length ?? 0;
    const kept = how === 'rst' ? bytes.length / 2 : bytes.length - last / 2;
    this.dumb = true;
    this.writer.bytes([bytes.subarray(0, Math.floor(kept))]);
    this.writer.afterAll(() => this.drop(how));
  }

  private tagged(words: string[], tag: string): string[] {
    return withTag(words, tag, this.world.faults.tagPosition);
  }

  private start(tag: string): Running {
    const run: Running = { tag, timer: undefined, unfollow: undefined };
    this.running.push(run);
    return run;
  }

  private later(run: Running, ms: number, then: () => void): void {
    run.timer = this.world.line.after(ms, then);
  }

  private finish(run: Running): void {
    run.timer?.cancel();
    run.unfollow?.();
    this.running = this.running.filter((each) => each !== run);
  }

  private forget(): void {
    for (const run of this.running) this.finish(run);
    this.backlogTimer?.cancel();
    this.refusalTimer?.cancel();
    this.backlog = [];
    if (!this.use) return;
    this.world.sessions.remove(this.use);
    this.use = undefined;
    this.login.report('system,info,account', `user ${this.user?.name ?? ''} logged out`);
  }
}

function trapFault(fault: Extract<FaultAction, { kind: 'trap' }>): string[][] {
  const { message = 'failure: something went wrong', category, count = 1 } = fault;
  const attributes: Record<string, string> = {};
  if (category !== undefined) attributes['category'] = String(category);
  if (message !== null) attributes['message'] = message;
  const traps = Array.from({ length: count }, () => sentence('!trap', attributes));
  return [...traps, ['!done']];
}

/** RST in place of FIN. A TLS socket cannot, and just closes. */
export function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
