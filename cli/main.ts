#!/usr/bin/env node
import { CommanderError } from 'commander';
import { compose, type App } from '../src/compose';
import { loadConfig, loadDotEnv, type Config, type Environment } from '../src/config';
import { AppError, InvalidInput } from '../src/errors';
import { readOrder, type Order } from './order';
import { withPatience } from './patience';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** Understands one command, runs it, prints its outcome. @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  let env: Environment = process.env;
  try {
    const order = await readOrder(words);
    if (!order) return DONE;
    env = loadDotEnv('.env');
    // What the loop warns of stands in its report too, and is printed from there.
    const config = loadConfig({ ...env, LOG_LEVEL: env.LOG_LEVEL?.trim() || 'error' });
    return await withPatience(process.stderr, order.command.name, () => carryOut(order, config));
  } catch (error) {
    return complain(error, env);
  }
}

async function carryOut({ command, given, json }: Order, config: Config): Promise<number> {
  if (command.prepare) await withApp(config, (app) => command.prepare!(app, given));
  return withApp(config, async (app) => {
    const value = await command.run(app, given);
    const shown = json
      ? JSON.stringify(command.json ? command.json(value) : value, null, 2)
      : command.text(value, config.timeZone);
    process.stdout.write(`${shown}\n`);
    for (const note of command.notes?.(value) ?? []) say(note);
    const failure = command.failure?.(value);
    if (failure === undefined) return DONE;
    say(failure);
    return FAILED;
  });
}

async function withApp<T>(config: Config, work: (app: App) => Promise<T>): Promise<T> {
  const app = await compose(config);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Says what went wrong in one line. @returns the exit code */
function complain(error: unknown, env: Environment): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
  if (error instanceof InvalidInput) {
    process.stderr.write(`${error.message}\n`); // a bad configuration has a line for each bad value
    return WRONG_USAGE;
  }
  const isOurs = error instanceof AppError;
  say(isOurs ? error.message : `Something went wrong on our side: ${reasonOf(error)}`);
  if (/^(debug|trace)$/i.test(env.LOG_LEVEL?.trim() ?? '')) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  return FAILED;
}

/** knex puts the statement in front of the reason, and with it what may be a password or 10,000 codes. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  const text = message ?? String(error);
  return code?.startsWith('SQLITE_') ? text.slice(text.lastIndexOf('SQLITE_')) : text;
}

function say(line: string): void {
  process.stderr.write(`${line.replaceAll(/\s*\n\s*/g, ' ')}\n`);
}

// Whoever reads us may have seen enough: `pisonet vouchers list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
