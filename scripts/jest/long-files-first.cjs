// The order of the test files. Jest knows how long each took on this machine last time, and begins with the
// longest. Those it does not know, all of them on a fresh machine, it takes for as long as they are big. So
// these come first then: files that take longer than others of their size, those that compute and those that wait
// for a process, a browser or a terminal in turn, so that neither all cores nor none are wanted at once.
const { default: Sequencer } = require('@jest/test-sequencer');

const COMPUTING = [
  'billing/billing-year',
  'usage/usage-history',
  'network/refused-logins',
  'time/brown-out',
  'time/online-time-credit',
  'time/clock-ahead',
  'setup/setup-refusals',
  'setup/doctor',
  'setup/router-kinds',
  'proof/soak',
  'network/faults',
  'usage/router-facts',
  'cli/try-on-router',
  'shop/lost-books',
  'plans/plan-month',
  'portal/portal-guess-queue',
  'setup/shared-routers',
  'setup/slow-routers',
  'time/clock-behind',
  'proof/regular-expressions',
  'cli/router-report',
  'billing/billing-commands',
  'billing/doors',
  'proof/fuzz',
  'cli/setup-command',
  'cli/cli-routers',
];
const WAITING = [
  'proof/chaos',
  'server/controller-hangs',
  'cli/cli-commands',
  'server/install-script',
  'server/two-processes',
  'server/controllers',
  'server/server-control',
  'database/sick-disk',
  'server/stopping',
  'shop/router-setup',
  'browser/browser-accessibility-sales',
  'server/lost-books-server',
  'portal/browser-portal-states',
  'cli/cli-operations',
  'portal/portal-flood',
  'server/demo',
  'cli/cli-books',
  'portal/browser-portal',
  'browser/browser-keyboard',
  'menu/menu',
  'browser/browser-first-day',
  'browser/browser-admin',
  'menu/menu-stalled',
  'browser/browser-taps',
  'browser/browser-forms',
  'browser/browser-roles',
  'browser/browser-accessibility',
  'server/build',
  'server/package',
  'database/database',
  'admin/router-silent',
  'network/slow-board',
  'menu/menu-walk',
  'portal/portal-rush',
];

const LONG = WAITING.flatMap((name, n) => [...COMPUTING.slice(n, n + 1), name]);

/** 0 for the first of the list; those it does not name come after. */
function place({ path }) {
  const at = LONG.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return at < 0 ? LONG.length : at;
}

module.exports = class LongFilesFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const unknown = sorted.filter(({ duration }) => duration == null);
    const known = sorted.filter(({ duration }) => duration != null);
    return [...unknown.sort((one, other) => place(one) - place(other)), ...known];
  }
};
