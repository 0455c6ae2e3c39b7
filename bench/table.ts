/** The figures of one run as a page of the documentation. */

type Line = Record<string, number | string>;

interface Row {
  what: string;
  figure: (line: Line) => string;
  target: string;
}

const PAGE = (what: string): Row => ({
  what,
  figure: (line) =>
    `${line.requestsPerSecond} a second, ${line.ratioToBare} of a bare page (${line.bareRequestsPerSecond}); by processor time ${line.cpuRatioToBare} (${line.cpuMs} ms to ${line.bareCpuMs}); p99 ${line.p99Ms} ms (${line.bareP99Ms})`,
  target: 'half of a bare page, p99 below 100 ms',
});

/** By the name of the bench, in the order of the page. */
const ROWS: Readonly<Record<string, Row>> = {
  portal: PAGE('the start page with its price list'),
  status: PAGE('the status page'),
  'status-json': PAGE('the same as JSON'),
  captive: PAGE('the question of phones whether they are captive'),
  redeem: {
    what: '200 customers redeem 200 codes at once',
    figure: (line) =>
      `all in after ${line.allInMs} ms, ${line.cpuMsEach} ms of processor each; one at a time ${line.aloneP50Ms} ms, p95 ${line.aloneP95Ms}`,
    target: 'all in within 2 s, p95 of one below 50 ms',
  },
  return: {
    what: '500 devices come back after the router restarted',
    figure: (line) =>
      `${line.rounds} round of ${line.wallMs} ms, of which ${line.cpuMs} ms are ours`,
    target: 'one round',
  },
  cli: {
    what: '`--help`; `completion`; `plans list`',
    figure: (line) =>
      `${line.helpMs} ms; ${line.completionMs} ms; ${line.plansListMs} ms (Node alone ${line.nodeMs} ms)`,
    target: '150 ms; 150 ms; 250 ms',
  },
  start: {
    what: 'from the start of the server to its first page',
    figure: (line) => `${line.firstPageMs} ms; ${line.firstPageOfNewShopMs} ms in a new shop`,
    target: '1 s',
  },
  pass: {
    what: 'a round of the loop',
    figure: (line) =>
      `${line.devices} devices: ${line.wallMs} ms, ${line.ratioToNodeRouteros} of the processor time in which node-routeros reads the queues`,
    target: '',
  },
  memory: {
    what: 'memory of the server, which keeps the loop and answers pages',
    figure: (line) => `${line.devices} devices: ${line.nowMb} MB, ${line.highestMb} at most`,
    target: '80 MB at 100, 150 MB at 5,000',
  },
  admin: {
    what: 'pages of the admin with 100,000 vouchers and a million rows of usage',
    figure: (line) =>
      `Home ${line.dashboardMs} ms, the slowest of ${line.pages} ${line.slowestMs} ms (\`${line.slowestPage}\`), ${line.slowPages} above 100 ms; vouchers as CSV ${line.csvRowsPerSecond} rows a second, ${line.csvGrowthMb} MB more memory`,
    target: 'each below 100 ms, Home below 40; 100,000 rows a second',
  },
  search: {
    what: 'a search among 1,000,000 vouchers',
    figure: (line) => `the slowest of ${line.searches} ${line.slowestMs} ms`,
    target: '100 ms',
  },
  api: {
    what: 'the API with 10,000 subscribers, asked by 50 programs at once',
    figure: (line) =>
      `the plans ${line.plansPerSecond} a second, ${line.ratioToBare} of a bare route with the same bytes (${line.barePerSecond}), by processor time ${line.cpuRatioToBare}; reads ${line.readsPerSecond} a second, 97.5 % within ${line.readP97Ms} ms; writes ${line.writesPerSecond} a second, 97.5 % within ${line.writeP97Ms} ms`,
    target: '0.6 of the bare route; 95 % of reads within 50 ms, of writes within 200 ms',
  },
  vouchers: {
    what: 'a batch of vouchers',
    figure: (line) =>
      `${line.count}: ${line.wallMs} ms, ${line.ratioToBareInsert} of a bare insert of the same rows`,
    target: '',
  },
};

const BEGIN = '<!-- figures: npm run bench -- --table -->';
const END = '<!-- end of figures -->';

/**
 * The page with the figures of this run in place of the earlier ones; what else it says stays.
 * @param lines of one run, as the bench prints them
 * @throws Error when the page has no place for figures
 */
export function withFigures(page: string, lines: readonly object[]): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('no place for the figures');
  return `${before}${BEGIN}\n\n${table(lines)}\n\n${END}${after}`;
}

function table(lines: readonly object[]): string {
  const found = lines as readonly Line[];
  const rows = Object.entries(ROWS).flatMap(([name, { what, figure, target }]) =>
    found
      .filter(({ bench }) => bench === name)
      .map((line) => `| ${what} | ${figure(line)} | ${target} |`),
  );
  return ['| what | figure | target |', '| --- | --- | --- |', ...rows].join('\n');
}
