// The order of the test files. Jest knows how long each took on this machine last time, and begins with the
// longest. Where it does not know, on a fresh machine, these come first: small files that take long.
const { default: Sequencer } = require('@jest/test-sequencer');

const LONG = [
  'admin/browser-accessibility',
  'server/demo',
  'menu/menu-walk',
  'menu/menu',
  'server/two-processes',
  'server/build',
  'server/database',
  'admin/browser-roles-and-forms',
  'plans/plan-month',
  'server/server-control',
  'server/sick-disk',
  'portal/browser-portal-states',
  'portal/portal-rush',
  'server/stopping',
  'menu/menu-stalled',
];

const isLong = ({ path }) => LONG.some((name) => path.endsWith(`/${name}.test.ts`));

module.exports = class LongFilesFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isKnown = tests.some(({ duration }) => duration != null);
    return isKnown ? sorted : [...sorted.filter(isLong), ...sorted.filter((one) => !isLong(one))];
  }
};
