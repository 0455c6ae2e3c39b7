import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';

/**
 * The script that owners paste into a terminal of their router. No RouterOS is here to run it: what is checked is
 * that it only reads, that nothing in it is of a person, and that what it reads is there by these names.
 */

const SCRIPT = readFileSync(join(__dirname, '../../scripts/router-report.rsc'), 'utf8');
const LINES = SCRIPT.trimEnd().split('\n');
/** What a line asks for: by an expression, or a property of each row of a menu. */
const CALLS = LINES.flatMap((line) => {
  const one = /^\$pisonetOne "([a-z0-9-]+)" "(.+)"$/.exec(line);
  if (one) return [{ key: one[1]!, asks: one[2]!.replaceAll('\\"', '"') }];
  const each = /^\$pisonetEach "([a-z0-9-]+)" "(\/[a-z -]+)" "([a-z-]+)"$/.exec(line);
  return each ? [{ key: each[1]!, asks: `${each[2]!} get ${each[3]!}` }] : [];
});

/** People write these, or they tell whose router it is. */
const PERSONAL = new Set(
  'name comment user password host host-name mac-address address to-address target serial-number software-id system-id identity ssid email group dns-name interface'.split(
    ' ',
  ),
);
/** Menus and properties the simulator has only on some versions, or not at all. */
const NOT_SIMULATED = ['/interface/ethernet/switch', '/ipv6/settings'];
const SINCE_7: [string, string][] = [['/ip/service', 'max-sessions']];

let simulator: Simulator;
afterEach(() => simulator?.stop());

/** `/ip hotspot user find where disabled` as menu, and the properties it names. */
function partsOf(asks: string): { menu: string; properties: string[] } {
  const inside = /(\/[a-z0-9 -]+?) (get|find)(?: (.*?))?(?:\]|$)(?!")/.exec(asks)!;
  const [, path, verb, rest = ''] = inside;
  const named = rest.replace(/"[^"]*"/g, '""').replace(/^where /, '');
  const properties = named.split(' ').map((word) => /^[a-z0-9-]+/.exec(word)?.[0] ?? '');
  const menu = path!.replaceAll(' ', '/');
  return {
    menu,
    properties: properties.filter((name) => name !== '' && (verb === 'get' || rest !== '')),
  };
}

test('every line is a comment, one of the two helpers, what they end with, or a guarded reading', () => {
  const others = LINES.filter(
    (line) => !/^(#|\$pisonet(One|Each) |:put "---|:set pisonet)/.test(line),
  );
  expect(others.map((line) => /^:global (\w+) do=\{:do \{/.exec(line)?.[1])).toEqual([
    ...['pisonetOne', 'pisonetEach'],
  ]);
  for (const helper of others) expect(helper).toContain('on-error={');
  expect(CALLS).toHaveLength(LINES.filter((line) => line.startsWith('$pisonet')).length);
  expect(CALLS.length).toBeGreaterThan(45);
  expect(new Set(CALLS.map(({ key }) => key)).size).toBe(CALLS.length);
});

test('it can be pasted: plain letters, no tabs, and no question marks, which open the help', () => {
  expect(SCRIPT).toMatch(/^[\x20-\x7e\n]*$/);
  expect(SCRIPT.replace(/^#.*$/gm, '')).not.toContain('?');
  expect(SCRIPT.length).toBeLessThan(6_000);
});

test('it only reads', () => {
  for (const { asks } of CALLS) {
    expect(asks).toMatch(/^(:len \[|:pick \[)?\/[a-z0-9 -]+ (get|find)\b/);
    expect(asks).not.toMatch(
      / (set|add|remove|enable|disable|move|reset|run|export|fetch|unset)( |$)/,
    );
  }
});

test('nothing it shows is a name or an address', () => {
  const shown = CALLS.filter(({ asks }) => / get /.test(asks));
  expect(shown.length).toBeGreaterThan(20);
  for (const { key, asks } of shown) {
    if (key === 'package') continue; // names of MikroTik
    expect([asks, partsOf(asks).properties.some((name) => PERSONAL.has(name))]).toEqual([
      asks,
      false,
    ]);
  }
});

test.each<[string, SimulatorOptions, string[]]>([
  ['6.49', { version: '6.49.18' }, ['/system/license level', '/system/device-mode']],
  ['7.24', { version: '7.24' }, ['/system/license level']],
  [
    ...(['a CHR with 7.24', { version: '7.24', machine: 'chr' }] as const),
    ['/system/license nlevel', '/system/routerboard'],
  ],
])('what it reads is there on %s, or known to be absent', async (_, options, may) => {
  simulator = await Simulator.start(options);
  simulator.run(['/ip/hotspot/user/add', '=name=x', '=limit-uptime=1h']);
  simulator.run(['/ip/hotspot/user/profile/add', '=name=x', '=rate-limit=1M/1M']);
  const isLegacy = options.version!.startsWith('6');
  const missing: string[] = [];
  for (const { asks } of CALLS) {
    const { menu, properties } = partsOf(asks);
    if (NOT_SIMULATED.includes(menu)) continue;
    try {
      simulator.run([`${menu}/print`, `=.proplist=${properties.join(',')}`]);
    } catch {
      missing.push(menu);
      continue;
    }
    for (const property of properties) {
      const isNewer = SINCE_7.some(([at, name]) => at === menu && name === property);
      if (isLegacy && isNewer) continue;
      const rows = simulator.rows(menu);
      if (rows.length > 0 && !rows.some((row) => property in row))
        missing.push(`${menu} ${property}`);
    }
  }
  expect(missing.filter((one) => !may.includes(one))).toEqual([]);
});
