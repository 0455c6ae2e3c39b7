import { readFileSync } from 'node:fs';
import type { RouterReport } from '../../src/routeros/report/router-report';
import { likeReport, makeLike, readReport } from '../../src/simulator/like-report';
import type { SimulatorOptions } from '../../src/simulator/simulator';
import { reportOf } from '../support/router/reported-router';
import { CliShop } from '../support/program/cli-shop';
import { some } from '../support/program/run-counts';

jest.setTimeout(60_000);

const KINDS: Record<string, SimulatorOptions> = {
  'a board with 6.49': { version: '6.49.18' },
  'a board with 7.19': { version: '7.19.4' },
  'a board with 7.24': { version: '7.24' },
  'a CHR': { machine: 'chr' },
  'a CHR with the free license': { machine: 'chr-free' },
  'a PC': { machine: 'x86' },
  'a small board with a folder flash': { machine: 'flash' },
  'a board that shows flash/ in front': { version: '7.17.1' },
  'a board without the hotspot package': { version: '7.21', hasHotspotPackage: false },
  'a board with 7.19 and hs-<SERVER> rows': { habits: { serverQueueAlways: true } },
  'three hotspot servers': { hotspots: 3 },
  'three hotspot servers with 6.49': { hotspots: 3, version: '6.49.18' },
  'a crowd': { crowd: 200 },
  'a crowd at four hotspot servers with 7.24': { crowd: 40, hotspots: 4, version: '7.24' },
  'a slow hAP lite': { machine: 'flash', slow: { board: 'hap-lite', scale: 0.01 } },
};

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.open();
});
afterEach(() => shop.close());

/** What the command writes of the shop's router, without what no two reads have alike. */
async function report(file: string): Promise<{ text: string; told: unknown }> {
  const { code, err } = await shop.run(`router report --out ${file}`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const text = readFileSync(shop.path(file), 'utf8');
  const { menus, ...rest } = JSON.parse(text) as RouterReport;
  return { text, told: { ...rest, menus: menus.map(({ tookMs: _, ...menu }) => menu) } };
}

/** Puts a router like the one of that file in the place of the shop's. */
async function replaceBy(text: string): Promise<void> {
  await shop.simulator!.stop();
  const like = readReport(text);
  await shop.addRouter({ ...likeReport(like), bare: true });
  makeLike(shop.simulator!, like);
}

test.each(some(Object.entries(KINDS), 4))(
  '%s: a router like its report has the same one',
  async (_, options) => {
    await shop.addRouter({ ...options, bare: true });
    const first = await report('first.json');
    await replaceBy(first.text);
    expect((await report('second.json')).told).toEqual(first.told);
  },
);

test('what a real router may show that no kind of ours has', async () => {
  await shop.addRouter({
    ...{ version: '7.22', boardName: 'hAP ax^2', architecture: 'arm64', bare: true },
    ...{ hasAvailableFrom: true, absentMenus: ['/ipv6', '/tool/netwatch'] },
  });
  const { faults } = shop.simulator!;
  shop.simulator!.addGhosts('ghost');
  faults.tagPosition = 'last';
  faults.emptyReply = 'never';
  shop.simulator!.hideProperties('/ip/hotspot/profile', ['html-directory-override']);
  shop.simulator!.installPackages([
    { name: 'routeros', version: '7.22' },
    { name: 'wifi-qcom', version: '7.22' },
  ]);
  const first = await report('first.json');
  expect(first.told).toMatchObject({ router: { packages: ['routeros', 'wifi-qcom'] } });
  await replaceBy(first.text);
  expect((await report('second.json')).told).toEqual(first.told);
});

test.each<[string, SimulatorOptions, object]>([
  ['one hotspot', {}, { hotspots: undefined, crowd: undefined }],
  ['four', { hotspots: 4 }, { hotspots: 4 }],
  ['a crowd', { crowd: 200 }, { crowd: 200, hotspots: undefined }],
  ['hs-<SERVER> rows on 7', { habits: { serverQueueAlways: true } }, { habits: { serverQueueAlways: true } }], // prettier-ignore
  ['none', { version: '7.19.4' }, { habits: { serverQueueAlways: false } }],
])('%s is what the report of it is taken for', async (_, options, expected) => {
  const { hotspots, crowd, ...like } = likeReport(await reportOf(options));
  expect({ hotspots, crowd, ...like }).toMatchObject(expected);
});

describe('how slow a router is', () => {
  const slowness = async (ms: (menu: string) => number, machine: 'board' | 'flash' = 'board') => {
    const report = await reportOf({ machine });
    const menus = report.menus.map((one) => ({ ...one, tookMs: ms(one.menu) }));
    return likeReport({ ...report, menus }).slow?.scale;
  };
  const OF_HAP_LITE: Record<string, number> = {
    '/ip/hotspot/user': 1_400,
    '/ip/hotspot/active': 400,
    '/ip/hotspot/host': 400,
    '/queue/simple': 600,
    '/file': 1_250,
  };
  const likeHapLite = (share: number) => (menu: string) => (OF_HAP_LITE[menu] ?? 10) * share;

  test.each([
    ['a hAP lite', likeHapLite(1), 1],
    ['half as slow', likeHapLite(0.5), 0.5],
    ['slower than any we know', likeHapLite(4), 1],
    ['fast', likeHapLite(0.01), undefined],
    ['fast, with one long table', (menu: string) => (menu === '/file' ? 9_000 : 3), undefined],
  ])('%s', async (_, ms, scale) => expect(await slowness(ms)).toEqual(scale));

  test('a board of the slow kind is as slow as it was, be it ever so little', async () => {
    expect(await slowness(likeHapLite(0.02), 'flash')).toBeCloseTo(0.02);
  });
});

test('any other file is refused in words', () => {
  expect(() => readReport('hello')).toThrow('it is not a JSON file');
  for (const text of ['null', '[]', '{"format":2}']) {
    expect(() => readReport(text)).toThrow('it is not the file of a router report');
  }
});
