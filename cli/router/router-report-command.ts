import { existsSync } from 'node:fs';
import type { App } from '../../src/compose';
import type { RouterReport } from '../../src/routeros/report/router-report';
import { reportText } from '../../src/services/router/router-reports';
import type { RouterSide } from '../../src/services/router/router-side';
import { asTyped, command, consentIfAsked, option, type Tell } from '../shell/command';
import { needRouter } from '../shell/router-access';
import { fieldList, textTable, wrapped } from '../shell/text-table';
import { writeNew } from '../commands/plan-commands';
import { NAME } from './added-router-commands';

const WHAT_IT_DOES =
  'This reads some forty menus of the router, one after the other, and changes nothing. It writes a file ' +
  'that says which menus and properties there are, and what their values look like. Names, codes, ' +
  'passwords, addresses, comments and serial numbers are not in it.';

const PARAMETERS = {
  file: option('--out <file>', 'a JSON file; must not exist yet', asTyped),
  consent: consentIfAsked(`${WHAT_IT_DOES} Read it now?`),
};

export const reportRouter = command({
  name: 'router report',
  summary: 'Read what the router is like, and write it to a file to send us',
  example: 'router report',
  hint: WHAT_IT_DOES,
  parameters: PARAMETERS,
  run: (app, { file }, tell) => write(app, needRouter(app), file, tell),
  text,
  notes,
});

export const reportAddedRouter = command({
  name: 'routers report',
  summary: 'Read what an added router is like, and write it to a file to send us',
  example: 'routers report purok-3',
  hint: WHAT_IT_DOES,
  parameters: { name: NAME, ...PARAMETERS },
  run: async (app, { name, file }, tell) => {
    const { title } = await app.services.addedRouters.find(name);
    return write(app, needRouter(app, title), file, tell);
  },
  text,
  notes,
});

interface Written {
  file: string;
  report: RouterReport;
}

async function write(
  app: App,
  router: RouterSide,
  file: string | undefined,
  tell?: Tell,
): Promise<Written> {
  const report = await app.services.routerReports.read(router, tell);
  const out = file ?? freeName(`router-report-${report.date}`);
  writeNew(out, reportText(report), 0o600);
  return { file: out, report };
}

function text({ file, report }: Written): string {
  return [
    fieldList(aboutRouter(report)),
    textTable(MENU_COLUMNS, menuRows(report), 'Every menu we rely on is there.'),
    textTable(ASSUMPTION_COLUMNS, assumptionRows(report), '-'),
    wrapped(
      `The report is in ${file}: read it, and send it to us if you like. It holds no names, codes, ` +
        'passwords, addresses, comments or serial numbers.',
    ),
  ].join('\n\n');
}

function notes({ report }: Written): string[] {
  return report.ended === null ? [] : [`The router went away while it was read: ${report.ended}`];
}

function freeName(start: string): string {
  let name = `${start}.json`;
  for (let copy = 2; existsSync(name); copy += 1) name = `${start}-${copy}.json`;
  return name;
}

const MENU_COLUMNS = [{ title: 'Not as usual' }, { title: 'State' }, { title: 'The router said' }];
const ASSUMPTION_COLUMNS = [
  { title: 'What we take for granted', elastic: true },
  { title: 'Here' },
];

function aboutRouter({ router, menus }: RouterReport): [string, string][] {
  const present = menus.filter(({ state }) => state === 'present');
  const slowest = menus.reduce((slow, one) => (one.tookMs > slow.tookMs ? one : slow), menus[0]!);
  return [
    ['RouterOS', router.version || 'not told'],
    ['Board', `${router.board || 'not told'} (${router.kind})`],
    ['Architecture', router.architecture || 'not told'],
    ['Packages', router.packages.join(', ') || 'not told'],
    ['Menus read', `${present.length} of ${menus.length}`],
    ['Slowest', `${slowest.menu}, ${slowest.tookMs} ms`],
  ];
}

function menuRows({ menus }: RouterReport): string[][] {
  return menus
    .filter(({ state }) => state !== 'present')
    .map(({ menu, state, said }) => [menu, state, said ?? '']);
}

function assumptionRows({ assumptions }: RouterReport): string[][] {
  return assumptions.map(({ sentence, verdict }) => [sentence, verdict]);
}
