import type { Mac } from '../../src/domain/units';
import type { OnlineDevice } from '../../src/services/devices/device-service';
import { sorted, type DeviceOrder } from '../../src/services/devices/device-order';
import {
  liveTable,
  orTrouble,
  removeBandwidth,
  setBandwidth,
  shortRates,
  whyBandwidth,
} from '../commands/bandwidth-commands';
import { blockDevice } from '../commands/block-commands';
import { kickDevice, nameDevice } from '../router/hotspot-commands';
import type { Command } from '../shell/command';
import { extendVoucher } from '../vouchers/voucher-commands';
import { showLive, type Key } from '../shell/live-view';
import { readSettings } from '../shell/settings';
import { needRouter } from '../shell/router-access';
import { cutTo, wrapped } from '../shell/text-table';
import { withApp } from '../shell/with-app';

const EVERY_MS = 1_000;
const MARK = '❯ ';
/** The title, the empty lines, the head of the table and what is below it. */
const ROWS_BESIDE = 8;
/** The title has room for so much of a name. */
const TITLE_NAME = 24;
const HINT = '(↑↓ select, s sort, q back)';
const KEYS = 'l limit, r remove limit, m more time, n name, b block, k log out, w why';

/** What a key does to the selected device. */
export interface Deed {
  title: string;
  command: Command;
  /** What the command is given of the device; its address if not said. */
  given?: (device: OnlineDevice) => Given;
  also?: readonly string[];
  sure?: string;
}

type Given = Readonly<Record<string, string>>;

const DEEDS: Readonly<Record<string, Deed>> = {
  l: { title: 'Set a limit', command: setBandwidth, also: ['until'] },
  r: { title: 'Remove the limit', command: removeBandwidth },
  m: { title: 'Give more time', command: extendVoucher, given: ({ user }) => ({ code: user }) },
  b: { title: 'Block a device', command: blockDevice, also: ['reason'] },
  k: { title: 'Log a device out', command: kickDevice, sure: 'Log this device out?' },
  n: { title: 'Name', command: nameDevice },
  w: { title: 'Why this speed?', command: whyBandwidth },
};

/** What somebody wants done, and to which device. */
export interface Wish {
  deed: Omit<Deed, 'given'> & { given: Given };
  mac: Mac;
}

/**
 * Who is online, the busiest first, until a key leaves or asks for something.
 * @param selected the device that is selected at first, if it is there
 */
export async function showOnline(selected?: Mac): Promise<Wish | undefined> {
  const list = new DeviceList(selected);
  let wish: Wish | undefined;
  const press = ({ name, ctrl }: Key) => {
    if (name === 'q' || name === 'escape' || (name === 'c' && ctrl === true)) return true;
    if (name === 'up' || name === 'down') list.move(name === 'up' ? -1 : 1);
    if (name === 's') list.sortOtherwise();
    const deed = DEEDS[name ?? ''];
    const device = list.selected();
    if (deed && device) {
      const { mac, name: called, user } = device;
      const title = `${deed.title}: ${cutTo(called ?? user, TITLE_NAME)}`;
      wish = { deed: { ...deed, title, given: deed.given?.(device) ?? { device: mac } }, mac };
    }
    return wish !== undefined;
  };
  await withApp(readSettings(), (app) =>
    showLive(
      'Online',
      EVERY_MS,
      () =>
        orTrouble(async () => {
          needRouter(app);
          list.devices = await app.services.devices.online();
          return () => list.text();
        }),
      { hint: HINT, press },
    ),
  );
  return wish;
}

/** What the list can be sorted by, and how it is said. */
const ORDERS: readonly (readonly [by: DeviceOrder, said: string])[] = [
  ['speed', 'fastest first'],
  ['used', 'most used first'],
  ['left', 'least time left first'],
];

/** Stays at the same device while others overtake it. */
class DeviceList {
  private all: readonly OnlineDevice[] = [];
  private order = 0;

  set devices(online: readonly OnlineDevice[]) {
    this.all = sorted(online, ORDERS[this.order]![0]);
  }

  get devices(): readonly OnlineDevice[] {
    return this.all;
  }

  sortOtherwise(): void {
    this.order = (this.order + 1) % ORDERS.length;
    this.devices = this.all;
  }

  constructor(private mac: Mac | undefined) {}

  selected(): OnlineDevice | undefined {
    return this.devices[this.at()];
  }

  move(by: number): void {
    const to = Math.min(this.devices.length - 1, Math.max(0, this.at() + by));
    this.mac = this.devices[to]?.mac;
  }

  text(): string {
    const { columns = 80, rows = 24 } = process.stdout;
    this.mac = this.selected()?.mac;
    if (this.mac === undefined) return liveTable([]);
    const [head, ...lines] = liveTable(this.devices, Math.min(columns, 100) - MARK.length).split(
      '\n',
    );
    const keys = wrapped(KEYS, MARK.length, columns);
    const room = Math.max(1, rows - ROWS_BESIDE - keys.split('\n').length - 1);
    const begin = Math.min(
      Math.max(0, this.at() - Math.floor(room / 2)),
      Math.max(0, lines.length - room),
    );
    const marked = lines.map((line, at) => (at === this.at() ? MARK : '  ') + line);
    const below = ['', this.about(columns), keys, this.together()];
    return [`  ${head}`, ...marked.slice(begin, begin + room), ...below].join('\n');
  }

  /** All of them in one line. */
  private together(): string {
    const sum = (way: 'up' | 'down') => this.devices.reduce((all, { rate }) => all + rate[way], 0);
    const rates = shortRates({ up: sum('up'), down: sum('down') });
    return `  ${this.devices.length} online, ${rates} now ↑↓, ${ORDERS[this.order]![1]}`;
  }

  /** What the selected line leaves out, and its whole name as far as it fits. @param width in columns */
  private about(width: number): string {
    const { name, user, mac, ip, plan } = this.devices[this.at()]!;
    const facts = [mac, ip, plan, user, ...(name === null ? [] : [name])].join(' · ');
    return wrapped(facts, MARK.length, width).split('\n')[0]!;
  }

  /** Where the selected device is; the first one if it has left. */
  private at(): number {
    return Math.max(
      0,
      this.devices.findIndex(({ mac }) => mac === this.mac),
    );
  }
}
