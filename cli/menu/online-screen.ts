import type { Mac } from '../../src/domain/units';
import type { OnlineDevice } from '../../src/services/devices/device-service';
import {
  busiest,
  liveTable,
  orTrouble,
  setBandwidth,
  whyBandwidth,
} from '../commands/bandwidth-commands';
import { blockDevice } from '../commands/block-commands';
import { kickDevice, nameDevice } from '../router/hotspot-commands';
import type { Command } from '../shell/command';
import { extendVoucher } from '../vouchers/voucher-commands';
import { showLive, type Key } from '../shell/live-view';
import { readSettings } from '../shell/settings';
import { cutTo, wrapped } from '../shell/text-table';
import { withApp } from '../shell/with-app';

const EVERY_MS = 1_000;
const MARK = '❯ ';
/** The title, the empty lines, the head of the table and what is told of the selected device. */
const ROWS_BESIDE = 8;
/** The title has room for so much of a name. */
const TITLE_NAME = 24;
const HINT = '(↑↓, l limit, m more time, b block, k log out, n name, w why, q back)';

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
          list.devices = await busiest(app);
          return () => list.text();
        }),
      { hint: HINT, press },
    ),
  );
  return wish;
}

/** Stays at the same device while others overtake it. */
class DeviceList {
  devices: readonly OnlineDevice[] = [];

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
    const room = Math.max(1, rows - ROWS_BESIDE);
    const begin = Math.min(
      Math.max(0, this.at() - Math.floor(room / 2)),
      Math.max(0, lines.length - room),
    );
    const marked = lines.map((line, at) => (at === this.at() ? MARK : '  ') + line);
    return [`  ${head}`, ...marked.slice(begin, begin + room), '', this.about(columns)].join('\n');
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
