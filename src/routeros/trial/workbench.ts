import { AppError, RouterRefused } from '../../errors';
import type { Row } from '../api/codec';
import { asIs, print, remove, write, type ApiSender } from '../api/sentences';
import { Trap } from '../api/trap';
import { saidShape } from '../report/value-shape';
import { answerOf, type Outcome, type Question, type TrialAnswer } from './trial-answer';
import { say } from '../../text';

/** How everything is named that a trial adds: what an interrupted one left is found again by it. */
export const TRIAL_NAME = 'pisonet-trial';

export interface BenchTools {
  /** Lets time pass on the router. */
  wait: (ms: number) => Promise<void>;
  tell: (doing: string) => void;
  /** Names no refusal may repeat. */
  hidden: readonly string[];
  stopping?: AbortSignal | undefined;
}

/** Somebody stopped the trial; what it did is undone on the way out. */
export class TrialStopped extends AppError {
  constructor() {
    super('The trial was stopped');
  }
}

/** Writes to a throw-away router so that all of it can be undone. */
export class Workbench {
  /** What could not be undone, for a person to take away. */
  readonly left: string[] = [];
  /** The longest a command took, in milliseconds. */
  readonly tookMs: Record<string, number> = {};
  private readonly undos: { what: string; undo: () => Promise<unknown> }[] = [];

  constructor(
    private readonly api: ApiSender,
    private readonly tools: BenchTools,
  ) {}

  wait(ms: number): Promise<void> {
    return this.tools.wait(ms);
  }

  rows(menu: string, properties: string, ...query: string[]): Promise<Row[]> {
    return print(this.api, menu, properties, asIs, query);
  }

  /** The same of a menu that may be absent or refused. */
  async rowsIfAny(menu: string, properties: string): Promise<Row[]> {
    try {
      return await this.rows(menu, properties);
    } catch (error) {
      if (error instanceof RouterRefused) return [];
      throw error;
    }
  }

  /** The row with this id. @throws RouterRefused where it is gone */
  async row(menu: string, properties: string, id: string): Promise<Row> {
    const rows = await this.rows(menu, `.id,${properties}`);
    const found = rows.find((row) => row['.id'] === id);
    if (found) return found;
    throw new RouterRefused(say`A row of ${menu} is gone that was there`);
  }

  /** Adds a row, which is taken away at the end. @returns its id */
  async add(menu: string, ...words: string[]): Promise<string> {
    const { ret } = await this.write(`${menu}/add`, ...words);
    if (ret === undefined) throw new RouterRefused(say`${menu}/add told no id`);
    this.later(`${menu} ${ret}`, () => remove(this.api, menu, ret));
    return ret;
  }

  /** Sets a property of a row that was there before, and sets it back at the end. */
  async change(menu: string, id: string, name: string, value: string): Promise<void> {
    const before = (await this.row(menu, name, id))[name] ?? '';
    const set = (to: string) => this.write(`${menu}/set`, `=.id=${id}`, `=${name}=${to}`);
    this.later(`${menu} ${id} ${name}`, () => set(before));
    await set(value);
  }

  async write(command: string, ...words: string[]): Promise<{ ret: string | undefined }> {
    const startedMs = performance.now();
    try {
      return await write(this.api, command, words);
    } finally {
      const tookMs = Math.round(performance.now() - startedMs);
      this.tookMs[command] = Math.max(this.tookMs[command] ?? 0, tookMs);
    }
  }

  /** Whether the router refuses this, and in which words. What it takes is undone at the end. */
  async refused(command: string, ...words: string[]): Promise<Trap | undefined> {
    try {
      const { ret } = await this.write(command, ...words);
      if (command.endsWith('/add') && ret !== undefined) {
        const menu = command.slice(0, -'/add'.length);
        this.later(`${menu} ${ret}`, () => remove(this.api, menu, ret));
      }
      return undefined;
    } catch (error) {
      if (error instanceof Trap) return error;
      throw error;
    }
  }

  /** To be done at the end, the last first. */
  later(what: string, undo: () => Promise<unknown>): void {
    this.undos.push({ what, undo });
  }

  /** A question after the other; what each one did is undone before the next. */
  async ask<T>(questions: readonly Question<T>[], about: T): Promise<TrialAnswer[]> {
    const answers: TrialAnswer[] = [];
    for (const question of questions) {
      this.tools.tell(question.question);
      answers.push(answerOf(question, await this.outcomeOf(question, about)));
    }
    return answers;
  }

  /** Undoes at its end what was done in it. @throws TrialStopped */
  async within<T>(work: () => Promise<T>): Promise<T> {
    if (this.tools.stopping?.aborted) throw new TrialStopped();
    const depth = this.undos.length;
    try {
      return await work();
    } finally {
      while (this.undos.length > depth) await this.undoLast();
    }
  }

  said({ routerSaid, category }: Trap): Pick<Outcome, 'said' | 'category'> {
    const said = saidShape(routerSaid, [...this.tools.hidden, TRIAL_NAME]);
    return { said, ...(category !== undefined && { category }) };
  }

  /** A refusal where none was expected leaves the question open, and ends nothing. */
  private async outcomeOf<T>(question: Question<T>, about: T): Promise<Outcome> {
    return this.within(async () => {
      try {
        return await question.ask(about);
      } catch (error) {
        if (!(error instanceof RouterRefused)) throw error;
        if (error instanceof Trap) return { is: undefined, ...this.said(error) };
        return { is: undefined, note: error.message };
      }
    });
  }

  private async undoLast(): Promise<void> {
    const { what, undo } = this.undos.pop()!;
    try {
      await undo();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.left.push(what);
    }
  }
}
