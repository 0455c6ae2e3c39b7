import { isatty } from 'node:tty';
import pino, { type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/** Structured log on standard error, in words where that is a terminal, so that a command's own output stays clean. Never holds secrets. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      redact: {
        paths: ['password', '*.password', 'secret', '*.secret', 'authorization', '*.authorization'],
        censor: '(hidden)',
      },
    },
    isatty(STANDARD_ERROR) ? FOR_PEOPLE : pino.destination({ dest: STANDARD_ERROR, sync: false }),
  );
}

const STANDARD_ERROR = 2;

/** Somebody sits there and reads: short lines instead of JSON. */
const FOR_PEOPLE: DestinationStream = {
  write: (line: string) => void process.stderr.write(`${logWords(line.trimEnd())}\n`),
};

const WARNING = 40;
const ERROR = 50;

/** A line of the log as a person reads it: time, how bad, words, reason. Other lines stay as they are. */
export function logWords(line: string): string {
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
    const at = new Date(time).toTimeString().slice(0, 8);
    return `${at} ${grade}${[msg, ...why].join(': ')}`.replaceAll(/\p{Cc}+/gu, ' ');
  } catch {
    return line; // a plain line, or the rest of one that begins before what was read
  }
}
