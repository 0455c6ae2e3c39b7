import { AsyncLocalStorage } from 'node:async_hooks';
import { isatty } from 'node:tty';
import { DateTime } from 'luxon';
import pino, { type DestinationStream, type Logger } from 'pino';
import { BooksUnavailable } from './errors';

export type Log = Logger;

/** One thing the server logged, for people. */
export interface LogEntry {
  at: Date;
  level: string;
  message: string;
  /** The fields beside the message. */
  detail: Record<string, unknown>;
}

const requests = new AsyncLocalStorage<string>();

/** Whatever is logged by the work, and by what it starts, carries the id as `request`. */
export function underRequest(id: string, work: () => void): void {
  requests.run(id, work);
}

const KEPT = 1_000;
/** Of no use to someone reading it on this very server. */
const OF_THE_PROCESS = new Set(['level', 'time', 'pid', 'hostname', 'msg']);

/** The last lines of the log, in memory; secrets are removed before they get here. */
export class RecentLog {
  private readonly lines: string[] = [];

  write(line: string): void {
    this.lines.push(line);
    if (this.lines.length > KEPT * 1.5) this.lines.splice(0, this.lines.length - KEPT);
  }

  /** Newest first. @param least the lowest level of interest, such as `warn` */
  entries(least: string, count: number): LogEntry[] {
    const lowest = pino.levels.values[least] ?? 0;
    const found: LogEntry[] = [];
    for (let index = this.lines.length - 1; index >= 0 && found.length < count; index -= 1) {
      const row = JSON.parse(this.lines[index]!) as Record<string, unknown>;
      if (Number(row.level) >= lowest) found.push(toEntry(row));
    }
    return found;
  }
}

/** Logs JSON to standard error, or text in a terminal, so command output stays clean. Never holds secrets. */
export function createLog(level: string, recent?: RecentLog, timeZone?: () => string): Log {
  const console = isatty(STANDARD_ERROR) ? forPeople(timeZone) : toConsole();
  const levelOf = (name: string) => pino.levels.values[name] ?? Infinity;
  // What people look up afterwards is kept whatever level the console shows.
  const least = recent && levelOf(level) > levelOf('info') ? 'info' : level;
  const streams = [
    { stream: console, level: levelOf(level) },
    ...(recent ? [{ stream: recent, level: levelOf(least) }] : []),
  ];
  return pino(
    {
      level: least,
      mixin: () => {
        const request = requests.getStore();
        return request === undefined ? {} : { request };
      },
      redact: {
        paths: ['password', '*.password', 'secret', '*.secret', 'authorization', '*.authorization'],
        censor: '(hidden)',
      },
    },
    pino.multistream(streams),
  );
}

const STANDARD_ERROR = 2;

/** Logs what went wrong; problems with the books themselves are logged once, by the watch over them. */
export function logFailure(log: Log, error: unknown, message: string): void {
  if (error instanceof BooksUnavailable) log.debug({ reason: error.message }, message);
  else log.error({ err: error }, message);
}

/** How much waits for room on a full disk; anything beyond is lost here, and kept in `RecentLog`. */
const WAITING_BYTES = 1_048_576;

/** The server's log may be a file on the very disk that is full: that must not stop the server. */
function toConsole(): DestinationStream {
  const stream = pino.destination({
    dest: STANDARD_ERROR,
    sync: false,
    maxLength: WAITING_BYTES,
  });
  return stream.on('error', () => undefined);
}

/** Someone is reading: short lines instead of JSON. */
function forPeople(timeZone: (() => string) | undefined): DestinationStream {
  const text = (line: string) => logText(line.trimEnd(), timeZone?.());
  return { write: (line: string) => void process.stderr.write(`${text(line)}\n`) };
}

const WARNING = 40;
const ERROR = 50;

/** A log line for people: time by the shop's clock, level, message, reason. Other lines stay as they are. */
export function logText(line: string, timeZone = 'system'): string {
  try {
    const { time, level, msg, err, reason } = JSON.parse(line) as {
      time: number;
      level: number;
      msg: string;
      err?: { message?: string };
      reason?: string;
    };
    const grade = level >= ERROR ? 'ERROR ' : level >= WARNING ? 'warning: ' : '';
    const why = [err?.message, reason].filter((one) => one !== undefined && one !== '');
    const at = DateTime.fromMillis(time, { zone: timeZone }).toFormat('HH:mm:ss');
    return `${at} ${grade}${[msg, ...why].join(': ')}`.replaceAll(/\p{Cc}+/gu, ' ');
  } catch {
    return line; // a plain line, or the rest of one that began before what was read
  }
}

function toEntry(row: Record<string, unknown>): LogEntry {
  const detail = Object.entries(row).filter(([name]) => !OF_THE_PROCESS.has(name));
  return {
    at: new Date(Number(row.time)),
    level: pino.levels.labels[Number(row.level)] ?? 'info',
    message: typeof row.msg === 'string' ? row.msg : '',
    detail: Object.fromEntries(detail),
  };
}
