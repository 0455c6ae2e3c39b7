import pino from 'pino';
import type { Log } from '../../../src/log';

/** A log that keeps what an operator would read. */
export function logLines(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const write = (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg);
  return { log: pino({ level: 'info' }, { write }), lines };
}
