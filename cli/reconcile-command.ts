import { command, flag, requiredFlag } from './command';
import { needRouter } from './router-access';
import { fieldList } from './text-table';
import { sizeWords } from './words';

export const reconcile = command({
  name: 'reconcile',
  summary: 'Make one pass of the loop: read, account, decide, write',
  example: 'reconcile --once',
  parameters: {
    once: requiredFlag('--once', 'one pass, then stop'),
    confirm: flag('--confirm', 'go on although much would be removed, or the router is another'),
  },
  run: (app, { confirm }) => needRouter(app).controller.passAnywhere(confirm),
  text: (report) =>
    fieldList([
      ['Devices', String(report.devices)],
      ['Accounted', sizeWords(report.accountedBytes)],
      ['Changed', String(report.changed)],
      ['Writes', String(report.writes)],
      ['Sentences', String(report.sentences)],
      ['Skipped', String(report.skipped)],
      ['Errors', String(report.errors)],
      ...report.messages.map((message) => ['Note', message] as const),
    ]),
  failure: ({ errors, skipped, messages }) =>
    errors > 0 || skipped > 0 ? messages.join('; ') || 'The pass did not do everything' : undefined,
});
