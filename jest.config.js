const { availableParallelism } = require('node:os');

/** Of both projects. */
const project = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  errorOnDeprecated: true,
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

/** What is about the books, and so has to hold on PostgreSQL too. */
const ON_BOTH = [
  ...['loop/ledger', 'loop/lease', 'loop/loop', 'loop/races', 'network/healing'],
  ...[
    'vouchers/extend',
    'vouchers/redemption',
    'vouchers/redemption-crowd',
    'vouchers/sharing',
    'vouchers/sellers',
    'vouchers/voucher-search',
  ],
  ...[
    'portal/account',
    'portal/portal',
    'portal/portal-visit',
    'imports/import-mikhmon',
    'imports/import-pisonet',
  ],
  ...['network/new-books', 'network/several-routers', 'network/sites'],
  ...['usage/accounting', 'usage/quota', 'usage/usage-history'],
  ...['admin/shop/audit-search', 'admin/device-blocks', 'admin/staff/isolation'],
  'admin/shop/by-site',
  ...[
    'money/money-journal',
    'money/drawers',
    'money/slip-custody',
    'billing/billing-ahead',
    'billing/billing-run',
    'billing/corrections',
    'billing/payment-reports',
  ],
  'billing/pppoe',
  ...['api/random-requests', 'api/site-tokens'],
];
const ON_POSTGRES_ONLY = [
  'database/postgres',
  'database/copy-books',
  'database/versions-postgres',
  'server/controllers',
  'server/controller-hangs',
  'server/books-away',
];

const filesOf = (names) => names.map((name) => `<rootDir>/test/${name}.test.ts`);

module.exports = {
  // A slow or busy machine is no fault of the code; what hangs is found all the same.
  testTimeout: 60_000,
  randomize: true,
  // Not more than there are cores, though a good part of the tests waits for a browser or another process: a
  // machine that is too busy fails tests of what takes its time.
  maxWorkers: availableParallelism(),
  testSequencer: '<rootDir>/scripts/long-files-first.cjs',
  projects: [
    { ...project, displayName: 'sqlite', testPathIgnorePatterns: filesOf(ON_POSTGRES_ONLY) },
    {
      ...project,
      displayName: 'postgres',
      testMatch: filesOf([...ON_BOTH, ...ON_POSTGRES_ONLY]),
      globalSetup: '<rootDir>/test/support/postgres/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/postgres/global-teardown.ts',
      setupFiles: ['<rootDir>/test/support/postgres/here.ts'],
    },
  ],
};
