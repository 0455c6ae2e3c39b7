// The order of the test files. Jest knows how long each took on this machine last time, and begins with the
// longest. Those it does not know, all of them on a fresh machine, it takes for as long as they are big. So
// these come first then, in this order: files that take longer than others of their size.
const { default: Sequencer } = require('@jest/test-sequencer');

const LONG = [
  'server/controller-hangs',
  'setup/slow-routers',
  'browser/browser-accessibility',
  'setup/doctor',
  'browser/browser-taps',
  'browser/browser-keyboard',
  'network/faults',
  'time/online-time-credit',
  'portal/browser-portal-states',
  'plans/plan-month',
  'usage/usage-history',
  'browser/browser-first-day',
  'billing/billing-year',
  'setup/router-kinds',
  'setup/shared-routers',
  'server/demo',
  'server/controllers',
  'database/sick-disk',
  'menu/menu',
  'portal/portal-flood',
  'time/clock-behind',
  'proof/chaos',
  'portal/browser-portal',
  'portal/portal-guess-queue',
  'network/refused-logins',
  'server/server-control',
  'browser/browser-accessibility-sales',
  'menu/menu-walk',
  'usage/router-facts',
  'server/build',
  'network/slow-board',
  'browser/browser-admin',
  'time/brown-out',
  'browser/browser-forms',
  'portal/portal-rush',
  'browser/browser-roles',
  'server/stopping',
  'database/database',
  'server/two-processes',
];

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
