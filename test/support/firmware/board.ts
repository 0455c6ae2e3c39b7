import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const FIRMWARE = join(__dirname, '../../../coin-box');

interface Reply {
  id: number;
  value?: unknown;
  error?: string;
}

/** The firmware of the coin box under MicroPython, on hardware that is modelled, with a real network. */
export class Board {
  private readonly worker = new Worker(join(__dirname, 'board-worker.cjs'), {
    workerData: {
      firmware: FIRMWARE,
      micropython: require.resolve('@micropython/micropython-webassembly-pyscript'),
    },
  });
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private asked = 0;

  constructor() {
    this.worker.on('message', (reply: Reply) => {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
    });
    this.worker.on('error', ({ message }) => {
      for (const [id, settle] of this.waiting) settle({ id, error: message });
    });
  }

  /** A box that asks the server at this port of this computer. */
  static async on(port: number, seed = 1): Promise<Board> {
    const board = new Board();
    await board.network(port);
    await board.run(`from wired_board import *\nw = WiredBox(${seed})`);
    return board;
  }

  /** Statements of Python; `w` is the box. @throws what they raise */
  async run(code: string): Promise<void> {
    await this.ask('run', { code });
  }

  async value<T>(expression: string): Promise<T> {
    return (await this.ask('value', { expression })) as T;
  }

  /** The main loop runs until this is so. */
  async until(expression: string): Promise<void> {
    await this.ask('until', { expression, turn: 'w.turn()' });
  }

  /** Where the server is; `undefined` cuts the line and all that runs over it. */
  async network(port: number | undefined): Promise<void> {
    await this.ask('network', { port });
  }

  /** What the box sent so far, each with its headers. */
  async requests(): Promise<string[]> {
    return (await this.ask('requests', {})) as string[];
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private async ask(what: string, order: object): Promise<unknown> {
    const id = (this.asked += 1);
    const reply = await new Promise<Reply>((resolve) => {
      this.waiting.set(id, resolve);
      this.worker.postMessage({ id, what, ...order });
    });
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.value;
  }
}
