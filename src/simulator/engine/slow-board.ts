import { systemClock, type Timers } from '../../clock';
import { costOf, SLOW_BOARDS, type BoardCosts, type SlowBoardName } from './slow-board-costs';

export interface SlowBoardOptions {
  board: SlowBoardName;
  /** Of the real times; 0.02 is fifty times faster. */
  scale?: number;
}

interface Job {
  menu: string;
  command: string;
  /** Whether its session is still there. */
  isWanted: () => boolean;
  execute: () => void;
}

/** A processor that takes its time, and does the commands of one user one after the other. */
export class SlowBoard {
  private readonly costs: BoardCosts;
  private readonly scale: number;
  private readonly jobs = new Map<string, Job[]>();
  private inARow = 0;
  private doneAtMs = -Infinity;
  private seed = 1;

  /** @param line on which its commands take their time */
  constructor(
    { board, scale = 1 }: SlowBoardOptions,
    private readonly line: Timers = systemClock,
  ) {
    this.costs = SLOW_BOARDS[board];
    this.scale = scale;
  }

  /** @param user whose commands wait for each other, over all sessions */
  take(user: string, job: Job): void {
    const waiting = this.jobs.get(user) ?? [];
    this.jobs.set(user, waiting);
    waiting.push(job);
    if (waiting.length === 1) this.workOff(user, waiting);
  }

  private workOff(user: string, waiting: Job[]): void {
    while (waiting.length > 0 && !waiting[0]!.isWanted()) waiting.shift();
    const [job] = waiting;
    if (!job) return void this.jobs.delete(user);
    this.line.after(this.millisecondsFor(job) * this.scale, () => {
      if (job.isWanted()) job.execute();
      this.doneAtMs = this.line.elapsedMs();
      waiting.shift();
      this.workOff(user, waiting);
    });
  }

  private millisecondsFor({ menu, command }: Job): number {
    const { tires, restMs } = this.costs;
    if (this.line.elapsedMs() - this.doneAtMs > restMs * this.scale) this.inARow = 0;
    this.inARow += 1;
    const [least, most] = costOf(this.costs, menu, command)?.ms ?? [0, 0];
    const usual = least + (most - least) * this.random();
    const tired = this.inARow - tires.afterCommands;
    if (tired <= 0) return usual;
    return usual + tires.extraMs + (tired % tires.stallEvery === 0 ? tires.stallMs : 0);
  }

  /** The same at every start, so that figures can be compared. */
  private random(): number {
    this.seed = (this.seed * 48_271) % 2_147_483_647;
    return this.seed / 2_147_483_647;
  }
}
