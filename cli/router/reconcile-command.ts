import { command, flag, requiredFlag } from '../shell/command';
import { needRouter, ROUTER } from '../shell/router-access';
import { fieldList } from '../shell/text-table';
import { sizeText } from '../shell/figures';

export const reconcile = command({
  name: 'reconcile',
  summary: 'Check the router once, count usage, and correct differences',
  example: 'reconcile --once',
  parameters: {
    router: { ...ROUTER, summary: 'only this router of routers list' },
    once: requiredFlag('--once', 'one round, then stop'),
    confirm: flag('--confirm', 'go on although much would be removed, or the router is another'),
  },
  run: (app, { confirm, router }) => {
    const loop = router === undefined ? app.services.loop : needRouter(app, router).controller;
    return loop.reconcileAnywhere(confirm);
  },
  text: (report) =>
    fieldList([
      ['Devices with a voucher', String(report.devices)],
      ['New traffic counted', sizeText(report.accountedBytes)],
      ['Put right on the router', changeText(report)],
      ['Held back until confirmed', String(report.skipped)],
      ['Went wrong', String(report.errors)],
      ['Commands sent', String(report.sentences)],
      ...report.messages.map((message) => ['Note', message] as const),
    ]),
  failure: ({ errors, skipped, messages }) =>
    errors > 0 || skipped > 0
      ? messages.join('; ') || 'The round did not do everything'
      : undefined,
});

function changeText({ changed, writes }: { changed: number; writes: number }): string {
  return writes === 0 ? 'nothing: all is as it should be' : `${changed} entries, ${writes} changes`;
}
