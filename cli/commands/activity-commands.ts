/** What needs somebody, and what people and the program did. */
import type { Mac } from '../../src/domain/units';
import { actorText, calledAsIs } from '../../src/format/activity-text';
import { entryText } from '../../src/format/audit-text';
import { deedText } from '../../src/format/deed-text';
import { alertsJson, alertsNow, alertsText } from '../server/alerts-now';
import { asTyped, command, option, wholeNumber } from '../shell/command';
import { NONE, timeText } from '../shell/figures';
import { textTable } from '../shell/text-table';

const MOST_ENTRIES = 30;

export const listAlerts = command({
  name: 'alerts',
  summary: 'Show what needs somebody now',
  example: 'alerts',
  parameters: {},
  run: alertsNow,
  json: alertsJson,
  text: (alerts, timeZone) => alertsText(alerts, timeZone, 'All good: nothing needs you.'),
});

export const showAudit = command({
  name: 'audit',
  summary: 'Show what staff and the program did, newest first',
  example: 'audit --search maria --limit 50',
  parameters: {
    search: option('--search <text>', 'a name, a code, a MAC, or what was done', asTyped),
    limit: option(
      '--limit <n>',
      `not more than this many; ${MOST_ENTRIES} without it`,
      wholeNumber,
    ),
  },
  run: async ({ services }, { search = '', limit = MOST_ENTRIES }) => {
    const entries = await services.reports.audit(
      { text: search, beforeId: undefined },
      limit,
      deedText,
    );
    const subjects = entries.map(({ subject }) => subject as Mac);
    const names = await services.deviceNames.of(subjects);
    return entries.map((entry) => ({ ...entry, name: names.get(entry.subject as Mac) }));
  },
  json: (entries) =>
    entries.map(({ at, who, what, subject, detail }) => ({
      ...{ at: at.toISOString(), who, what, subject, detail },
    })),
  text: (entries, timeZone) =>
    textTable(
      [
        { title: 'Time' },
        { title: 'Who', elastic: true },
        { title: 'What', elastic: true },
        { title: 'About', elastic: true },
        { title: 'Detail', elastic: true },
      ],
      entries.map(({ at, who, what, subject, name, detail }) => [
        timeText(at, timeZone),
        actorText(who, calledAsIs),
        deedText(what),
        name ?? (subject || NONE),
        entryText({ what, detail }, timeZone),
      ]),
      'No entry matches.',
    ),
});
