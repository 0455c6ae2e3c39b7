import pino, { type Logger } from 'pino';

export type Log = Logger;

/** Structured log on standard error, so that a command's own output stays clean. Never holds secrets. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      redact: {
        paths: ['password', '*.password', 'secret', '*.secret', 'authorization', '*.authorization'],
        censor: '(hidden)',
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
