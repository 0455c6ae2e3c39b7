import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { median, rounded, startShop } from './children';
import { removeBooks } from './shops/remove-books';

/** How long an operator waits for a command, and customers for a server that was started. */

const RUNS = 7;
const CLI = join(__dirname, '..', 'cli', 'main.js');

/** Commands that need no router, against Node alone. */
export function benchCommands(folder: string, profiles: string): object {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: `sqlite:${join(folder, 'commands.db')}`,
    PROFILES_FILE: profiles,
  };
  const run = (...words: string[]) => {
    const began = performance.now();
    const { status, stderr } = spawnSync(process.execPath, words, {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
    return performance.now() - began;
  };
  run(CLI, 'plans', 'list'); // makes the books
  const times = { node: [], help: [], completion: [], plans: [] } as Record<string, number[]>;
  for (let round = 0; round < RUNS; round += 1) {
    times.node!.push(run('-e', '0'));
    times.help!.push(run(CLI, '--help'));
    times.completion!.push(run(CLI, 'completion', 'bash'));
    times.plans!.push(run(CLI, 'plans', 'list'));
  }
  const [node, help, completion, plans] = Object.values(times).map(median) as [
    ...[number, number, number, number],
  ];
  return {
    bench: 'cli',
    nodeMs: Math.round(node),
    helpMs: Math.round(help),
    completionMs: Math.round(completion),
    plansListMs: Math.round(plans),
    helpToNode: rounded(help / node),
    plansListToNode: rounded(plans / node),
  };
}

/** From the start of the program to its first page, with books and without; no router is set up. */
export async function benchStart(folder: string, profiles: string): Promise<object> {
  const file = join(folder, 'start.db');
  const startMs = async () => {
    const env = { DATABASE_URL: `sqlite:${file}`, PROFILES_FILE: profiles };
    const shop = await startShop(folder, env);
    await shop.stop();
    return shop.startMs;
  };
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < RUNS; round += 1) {
    removeBooks(file);
    first.push(await startMs());
    again.push(await startMs());
  }
  return {
    bench: 'start',
    firstPageMs: Math.round(median(again)),
    firstPageOfNewShopMs: Math.round(median(first)),
  };
}
