/** What the server writes: to a file if it was started from here, to the journal as a service. */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { AppError } from '../../src/errors';
import {
  helperEnvironment,
  installedService,
  journal,
  JOURNAL,
  journalRefused,
  journalArgs,
} from './service-manager';
import { logFile, runningServer } from './server-process';
import { readSettings } from '../shell/settings';
import { withApp } from '../shell/with-app';

const CHECK_MS = 500;
const TAIL_BYTES = 65_536;
const INVITATION_WITHIN = 500;
const INVITATION = /https?:\S+\/admin\/first-run\?token=[\w-]+/;

/** Where the log is. */
export interface LogPlace {
  /** As it is shown. */
  name: string;
  file?: string;
  unit?: string;
}

export const NO_LOG =
  'There is no log here yet: a server started from here writes one. What one that was started ' +
  'otherwise writes is shown where that was: in its terminal, or by "docker logs".';

export async function logPlace(): Promise<LogPlace> {
  const file = logFile();
  if (runningServer() !== undefined) return { name: file, file };
  const service = await installedService();
  return service
    ? { name: `Log of the service ${service.unit}`, unit: service.unit }
    : { name: file, file };
}

/** @returns `undefined` where there is no log yet. @throws NotAllowed */
export async function lastLines(place: LogPlace, count: number): Promise<string[] | undefined> {
  if (place.unit !== undefined) return (await journal(place.unit, count)).map(harmless);
  const end = tailOf(place.file!);
  return end?.lines.slice(-count).map(harmless);
}

/** The link that creates the owner's account, as the server logged it; `undefined` if it is not found. */
export async function invitationLink(): Promise<string | undefined> {
  const lines = await lastLines(await logPlace(), INVITATION_WITHIN).catch(() => undefined);
  const links = lines?.map((line) => INVITATION.exec(line)?.[0]).filter((link) => link);
  return links?.at(-1);
}

/**
 * Gives the last lines, then each new one.
 * @param stopped told why there will be no more
 * @returns how to end it
 */
export function followLog(
  place: LogPlace,
  count: number,
  add: (line: string) => void,
  stopped: (why: AppError) => void,
): () => void {
  const take = (line: string) => add(harmless(line));
  if (place.unit !== undefined) return followJournal(place.unit, count, take, stopped);
  return followFile(place.file!, count, take);
}

/** The time zone of times in the log; `undefined` if the database cannot be opened: the log may say why. */
export async function shopZone(): Promise<string | undefined> {
  try {
    return await withApp(readSettings(), (app) =>
      Promise.resolve(app.services.shop.get().timeZone),
    );
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function followFile(file: string, count: number, add: (line: string) => void): () => void {
  const begin = tailOf(file);
  let { at, rest } = begin ?? { at: 0, rest: '' };
  for (const line of begin?.lines.slice(-count) ?? []) add(line);
  const look = () => {
    const more = readFrom(file, at);
    if (!more) return;
    at = more.end;
    const lines = (rest + more.text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) add(line);
  };
  const timer = setInterval(look, CHECK_MS);
  return () => clearInterval(timer);
}

function followJournal(
  unit: string,
  count: number,
  add: (line: string) => void,
  stopped: (why: AppError) => void,
): () => void {
  const child = spawn(JOURNAL, [...journalArgs(unit, count), '-f'], {
    env: helperEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = new StringDecoder('utf8');
  let rest = '';
  let err = '';
  let isSilent = true;
  child.stdout.on('data', (piece: Buffer) => {
    const lines = (rest + text.write(piece)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('-- ')) continue; // journalctl's own
      isSilent = false;
      add(line);
    }
  });
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
    // journalctl keeps waiting for lines it is not allowed to see.
    if (isSilent && /not seeing messages/.test(err)) stopped(journalRefused(unit, err));
  });
  child.on('error', ({ message }) => stopped(journalRefused(unit, message)));
  child.on('close', () => stopped(journalRefused(unit, err || 'journalctl ended')));
  return () => {
    child.removeAllListeners('close');
    child.kill();
  };
}

function tailOf(file: string): { lines: string[]; at: number; rest: string } | undefined {
  const end = readFrom(file, -TAIL_BYTES);
  if (!end) return undefined;
  const lines = end.text.split('\n');
  const rest = lines.pop()!;
  if (end.isCut) lines.shift(); // the end of one
  return { lines, at: end.end, rest };
}

/** @param at below zero counts from the end; a file that is shorter was begun again */
function readFrom(
  file: string,
  at: number,
): { text: string; end: number; isCut: boolean } | undefined {
  try {
    const log = openSync(file, 'r');
    try {
      const { size } = fstatSync(log);
      const from = at < 0 ? Math.max(0, size + at) : at > size ? 0 : at;
      const piece = Buffer.alloc(Math.min(size - from, 2 ** 24));
      const read = readSync(log, piece, 0, piece.length, from);
      return { text: piece.toString('utf8', 0, read), end: from + read, isCut: from > 0 && at < 0 };
    } finally {
      closeSync(log);
    }
  } catch {
    return undefined;
  }
}

/** Names come from routers and from people; a control character could change the terminal. */
function harmless(line: string): string {
  return stripVTControlCharacters(line)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trimEnd();
}
