import { PISONET } from '../../src/command-line';
import { InvalidInput } from '../../src/errors';
import { command, option, wholeNumber } from '../shell/command';
import { durationText } from '../shell/figures';
import { textTable } from '../shell/text-table';
import { say } from '../../src/text';

const USUAL_SECONDS = 2;
/** Routers that do not answer tell of themselves once a minute. */
const MOST_SECONDS = 120;

export const findRouters = command({
  name: 'router find',
  summary: 'Look which MikroTik routers are on the networks of this computer',
  example: 'router find',
  parameters: {
    seconds: option('--seconds <n>', `how long to wait for answers; ${USUAL_SECONDS}`, readSeconds),
  },
  run: ({ services }, { seconds }) => services.neighbors.find((seconds ?? USUAL_SECONDS) * 1000),
  json: ({ routers }) =>
    routers.map(({ name, board, version, address, mac, ...more }) => ({
      ...{ name, board, version, address, mac, platform: more.platform },
      ...{ uptimeSeconds: more.uptimeSeconds, softwareId: more.softwareId },
      ...{ interface: more.interface, ipv6: more.ipv6 },
    })),
  text: ({ routers, networks }) => {
    const table = textTable(
      [
        { title: 'Name', elastic: true },
        { title: 'Board' },
        { title: 'RouterOS' },
        { title: 'Address' },
        { title: 'MAC' },
        { title: 'Running for' },
      ],
      routers.map((one) => [
        one.name || '-',
        one.board || '-',
        one.version.split(' ')[0] || '-',
        one.address ?? '-',
        one.mac,
        one.uptimeSeconds === null ? '-' : durationText(one.uptimeSeconds),
      ]),
      noneFound(networks),
    );
    if (routers.length === 0) return table;
    return `${table}\nTo connect one: ${PISONET} router configure --host ADDRESS`;
  },
});

function noneFound(networks: readonly { name: string; address: string }[]): string {
  const looked = networks.map(({ name, address }) => `${name} (${address})`).join(', ');
  return [
    'No router answered. Plug this computer into the router with a cable, or join its Wi-Fi; let UDP port 5678 ' +
      "through this computer's firewall. A router behind another router does not answer: use its address.",
    ...(looked === '' ? [] : [`Networks of this computer: ${looked}`]),
  ].join('\n');
}

function readSeconds(typed: string): number {
  const seconds = wholeNumber(typed);
  if (seconds <= MOST_SECONDS) return seconds;
  throw new InvalidInput(say`${seconds} is more than ${MOST_SECONDS} seconds`);
}
