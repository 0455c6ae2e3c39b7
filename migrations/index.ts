import type { Knex } from 'knex';
import { down, up } from './001-first-books';
import * as portal from './002-portal';
import * as admin from './003-admin';
import * as notices from './004-notices';
import * as usageHistory from './005-usage-history';
import * as webSettings from './006-web-settings';
import * as imports from './008-import';
import * as planRules from './009-plan-rules';
import * as pageSpeed from './010-page-speed';
import * as retention from './011-retention';
import * as sellers from './013-sellers';
import * as onlineTime from './015-online-time';
import * as fairCounts from './016-fair-counts';
import * as sessionSecret from './021-session-secret';

// Listed by hand and named without an ending: knex stores the names, and a file is .ts in development
// but .js in the build.
const STEPS: Record<string, Knex.Migration> = {
  '001-first-books': { up, down },
  '002-portal': { up: portal.up, down: portal.down },
  '003-admin': { up: admin.up, down: admin.down },
  '004-notices': { up: notices.up, down: notices.down },
  '005-usage-history': { up: usageHistory.up, down: usageHistory.down },
  '006-web-settings': { up: webSettings.up, down: webSettings.down },
  '008-import': { up: imports.up, down: imports.down },
  '009-plan-rules': { up: planRules.up, down: planRules.down },
  '010-page-speed': { up: pageSpeed.up, down: pageSpeed.down },
  '011-retention': { up: retention.up, down: retention.down },
  '013-sellers': { up: sellers.up, down: sellers.down },
  '015-online-time': { up: onlineTime.up, down: onlineTime.down },
  '016-fair-counts': { up: fairCounts.up, down: fairCounts.down },
  '021-session-secret': { up: sessionSecret.up, down: sessionSecret.down },
};

export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve(Object.keys(STEPS)),
  getMigrationName: (name) => name,
  getMigration: (name) => Promise.resolve(STEPS[name]!),
};
