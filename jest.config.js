const { availableParallelism } = require('node:os');

/** Set by `npm run test:long`. */
const isLong = process.env.LONG_RUNS !== undefined;

/** Of both projects. */
const project = {
  testEnvironment: '<rootDir>/scripts/jest/one-sandbox.cjs',
  runtime: '<rootDir>/scripts/jest/modules-loaded-once.cjs',
  roots: ['<rootDir>/test'],
  errorOnDeprecated: true,
  setupFilesAfterEnv: ['<rootDir>/test/support/compare-bytes.cjs'],
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      },
    ],
  },
  // Packages that come as ES modules alone; all others load as they are.
  transformIgnorePatterns: [
    '/node_modules/(?!(@inquirer|inquirer|fast-(wrap-ansi|string-width|string-truncated-width))/)',
  ],
};

/** What goes by locks, transactions and who comes first; what asks much of the books, and what no other asks. */
const ON_BOTH = [
  'contract/store-statements',
  ...['database/steps', 'loop/ledger', 'loop/lease', 'loop/loop', 'loop/races'],
  ...['vouchers/redemption-crowd', 'vouchers/voucher-search', 'network/several-routers'],
  ...['money/money-journal', 'billing/billing-run'],
  ...['admin/staff/isolation', 'api/every-operation', 'api/lists', 'api/requests'],
];
/** What is about the books too; `npm run test:long` tries it on both databases. */
const ON_BOTH_IN_LONG_RUNS = [
  ...['vouchers/extend', 'vouchers/redemption', 'vouchers/sharing', 'vouchers/sellers'],
  ...['portal/account', 'portal/portal', 'portal/portal-visit'],
  ...['imports/import-mikhmon', 'imports/import-pisonet'],
  ...['network/healing', 'network/new-books', 'network/sites'],
  ...['usage/accounting', 'usage/quota', 'usage/usage-history', 'loop/router-tallies'],
  ...['admin/shop/audit-search', 'admin/shop/by-site', 'admin/device-blocks'],
  ...['money/drawers', 'money/slip-custody', 'api/site-tokens'],
  'api/random-requests',
  ...['coin-box/coin-accounting', 'coin-box/coin-portal', 'coin-box/coin-protocol'],
  ...['billing/billing-ahead', 'billing/corrections', 'billing/payment-reports', 'billing/pppoe'],
];
const ON_POSTGRES_ONLY = [
  'database/postgres',
  'database/copy-books',
  'server/controllers',
  'server/controller-hangs',
  'server/books-away',
];

const filesOf = (names) => names.map((name) => `<rootDir>/test/${name}.test.ts`);

module.exports = {
  // A slow or busy machine is no fault of the code; what hangs is found all the same.
  testTimeout: 60_000,
  randomize: true,
  // One more than there are cores, since a good part of the tests waits for a browser or another process. A machine
  // that is far busier than that fails none of them.
  maxWorkers: availableParallelism() + 1,
  testSequencer: '<rootDir>/scripts/jest/long-files-first.cjs',
  projects: [
    { ...project, displayName: 'sqlite', testPathIgnorePatterns: filesOf(ON_POSTGRES_ONLY) },
    {
      ...project,
      displayName: 'postgres',
      testMatch: filesOf([
        ...ON_BOTH,
        ...(isLong ? ON_BOTH_IN_LONG_RUNS : []),
        ...ON_POSTGRES_ONLY,
      ]),
      globalSetup: '<rootDir>/test/support/postgres/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/postgres/global-teardown.ts',
      setupFiles: ['<rootDir>/test/support/postgres/here.ts'],
    },
  ],
};
