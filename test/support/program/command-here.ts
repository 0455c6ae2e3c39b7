import { Readable, Writable } from 'node:stream';
import { pisonet } from '../../../cli/pisonet';

/** How a command ended. */
export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

/** What a command finds around it. */
export interface Surroundings {
  folder: string;
  env: Record<string, string | undefined>;
  input: string;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command in this process: a process of its own takes half a second to load. Commands started at
 * the same time run one after the other: a process has one folder, one environment and one output.
 */
export function runHere(words: readonly string[], around: Surroundings): Promise<Outcome> {
  const outcome = last.then(() => runNow(words, around));
  last = outcome.catch(() => undefined);
  return outcome;
}

async function runNow(words: readonly string[], around: Surroundings): Promise<Outcome> {
  const [out, err] = [new Heard(), new Heard()];
  const giveBack = [
    replace('stdin', Readable.from(around.input === '' ? [] : [around.input])),
    replace('stdout', out),
    replace('stderr', err),
    replace('env', around.env),
  ];
  const before = process.cwd();
  process.chdir(around.folder);
  try {
    return { code: await pisonet(words), out: out.text, err: err.text };
  } finally {
    process.chdir(before);
    for (const undo of giveBack) undo();
  }
}

/** Keeps what is written to it; no terminal. */
class Heard extends Writable {
  text = '';

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += piece.toString();
    done();
  }
}

/** @returns what undoes it */
function replace(name: 'stdin' | 'stdout' | 'stderr' | 'env', value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(process, name)!;
  Object.defineProperty(process, name, { configurable: true, value });
  return () => Object.defineProperty(process, name, before);
}
