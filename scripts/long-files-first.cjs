// The order of the test files. Jest knows how long each took on this machine last time, and begins with the
// longest. Those it does not know, all of them on a fresh machine, it takes for as long as they are big. So
// these come first then, in this order: files that take longer than others of their size.
const { default: Sequencer } = require('@jest/test-sequencer');

const LONG = [
  'menu/menu',
  'menu/menu-walk',
  'server/server-control',
  'browser/browser-accessibility',
  'browser/browser-accessibility-sales',
  'portal/portal-guess-queue',
  'portal/browser-portal-states',
  'server/build',
  'plans/plan-month',
  'network/faults',
  'browser/browser-roles',
  'browser/browser-forms',
  'database/sick-disk',
  'portal/browser-portal',
  'network/slow-board',
  'portal/portal-flood',
  'portal/portal-rush',
  'menu/menu-stalled',
  'server/two-processes',
  'server/demo',
  'server/stopping',
  'database/database',
  'setup/router-kinds',
  'loop/time/given-back',
  'browser/browser-first-day',
  'usage/usage-pages',
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
