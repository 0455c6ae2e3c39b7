import type { App } from '../../src/compose';
import type { Alert } from '../../src/store/shop/journal-store';
import { timeText } from '../shell/figures';
import { textTable } from '../shell/text-table';
import { findServer } from './server-control';

export interface AlertsNow {
  open: Alert[];
  /** Without a server the books say nothing new, which is the first thing to know. */
  isServed: boolean;
}

export async function alertsNow(app: App): Promise<AlertsNow> {
  return {
    open: await app.services.alerts.open(),
    isServed: (await findServer(app)) !== undefined,
  };
}

/** As `--json` has them. */
export function alertsJson({ open }: AlertsNow) {
  return open.map(({ kind, subject, message, raisedAt }) => ({
    ...{ kind, subject, message, raisedAt: raisedAt.toISOString() },
  }));
}

/** @param ifNone said where nothing is wrong */
export function alertsText(
  { open, isServed }: AlertsNow,
  timeZone: string,
  ifNone: string,
): string {
  const stopped =
    'The server is not running: no code lets anybody in, and nobody is slowed down or ended. ' +
    'Start it with: ./pisonet server start';
  return textTable(
    [{ title: 'Since' }, { title: 'Alert', elastic: true }],
    [
      ...(isServed ? [] : [['now', stopped]]),
      ...open.map(({ raisedAt, message }) => [timeText(raisedAt, timeZone), message]),
    ],
    ifNone,
  );
}
