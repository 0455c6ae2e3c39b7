/** Imports point one way; see "Floors and rooms" in docs/internals/how-it-works.md. */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: {
    path: '^(src|cli|migrations|bench|test)/',
    pathNot: [from, '^src/(errors|text|clock|log|command-line|report-address)\\.ts$', ...allowed],
  },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('domain-knows-nobody', '^src/domain/', []),
    {
      name: 'rules-name-no-command',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^src/command-line\\.ts$' },
    },
    only('store-knows-domain', '^src/store/', ['^src/domain/', '^migrations/']),
    only('routeros-knows-domain', '^src/routeros/', ['^src/domain/']),
    {
      name: 'only-router-knows-our-words',
      severity: 'error',
      from: {
        path: '^src/routeros/',
        pathNot: '^src/routeros/(router|rows|router-survey|setup-router)\\.ts$',
      },
      to: { path: '^src/domain/' },
    },
    {
      name: 'one-file-knows-the-package',
      severity: 'error',
      from: { path: '^(src|cli)/', pathNot: '^src/routeros/api/dial\\.ts$' },
      to: { path: 'node_modules/node-routeros' },
    },
    only('simulator-shares-the-wire-only', '^src/simulator/', [
      '^src/routeros/(api/(codec|values)|neighbors/neighbor-datagram)\\.ts$',
    ]),
    only('format-knows-domain', '^src/format/', ['^src/domain/']),
    only('services', '^src/services/', ['^src/(domain|format|store|routeros)/']),
    only('web', '^src/web/', ['^src/(domain|format|store|services)/', '^src/config\\.ts$']),
    {
      name: 'only-starters-compose',
      severity: 'error',
      from: { pathNot: '^(src/(main|run-shop|compose)\\.ts|src/demo/|cli/|test/|bench/)' },
      to: { path: '^src/compose(-router)?\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'import', 'types'],
    },
  },
};
