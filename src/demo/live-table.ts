import Table from 'cli-table3';
import { DateTime } from 'luxon';
import type { Clock } from '../clock';
import { formatDuration } from '../domain/units';
import type { DeviceService, OnlineDevice } from '../services/devices/device-service';
import type { ShopSettings } from '../services/shop/shop-settings';
import type { JournalStore } from '../store/shop/journal-store';
import { ratesText, sizeText } from '../format/figures';

interface Shown {
  devices: DeviceService;
  journal: JournalStore;
  clock: Clock;
  shop: Pick<ShopSettings, 'get'>;
  /** Lines above the table: where to click. */
  heading: readonly string[];
  output: NodeJS.WriteStream;
}

const NEWS = 8;

/**
 * Shows the shop at work until the signal: in a terminal a table redrawn in place each second, otherwise a
 * line for each event.
 */
export async function showLive(shown: Shown, signal: AbortSignal): Promise<void> {
  const { journal, clock, shop, output, heading } = shown;
  const news: string[] = [];
  let lastId = 0;
  if (!output.isTTY) output.write(`${heading.join('\n')}\n`);
  while (!signal.aborted) {
    for (const entry of await journal.auditAfter(lastId)) {
      lastId = entry.id;
      const line = `${DateTime.fromJSDate(entry.at, { zone: shop.get().timeZone }).toFormat('HH:mm:ss')} ${entry.what}: ${entry.subject} ${briefly(entry.detail)}`;
      news.push(line.trimEnd());
      if (!output.isTTY) output.write(`${line.trimEnd()}\n`);
    }
    news.splice(0, Math.max(0, news.length - NEWS));
    if (output.isTTY) await draw(shown, news);
    await clock.wait(1_000, signal);
  }
}

async function draw({ devices, heading, output }: Shown, news: readonly string[]): Promise<void> {
  const online = await devices.online().catch(() => []);
  const above = [...heading, '', ...drawTable(online).split('\n'), ''];
  // The heading stays visible: the news get the remaining space.
  const room = Math.max(0, (output.rows || 24) - above.length);
  const lines = [...above, ...(room > 0 ? news.slice(-room) : [])].slice(0, output.rows || 24);
  const width = output.columns || 80;
  // Home, each line cleared to its end, then everything below: no flicker.
  const text = lines.map((line) => clip(line, width));
  output.write(`\x1b[H${text.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
}

/** Shortens lines that are longer than the screen, unless they carry color codes of their own. */
function clip(line: string, width: number): string {
  return line.includes('\x1b') || line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

function drawTable(online: readonly OnlineDevice[]): string {
  if (online.length === 0) return 'Nobody is online yet.';
  const table = new Table({
    head: ['Device', 'Voucher', 'Plan', 'Used', 'Limit', 'Why', 'Left'],
    style: { head: [], border: [], compact: true },
  });
  for (const device of online) {
    const left = device.secondsLeft;
    table.push([
      device.ip,
      device.user,
      device.plan,
      sizeText(device.bytes.up + device.bytes.down),
      device.maxLimit ? ratesText(device.maxLimit) : '-',
      device.reason ?? '',
      left === null ? '-' : formatDuration(left),
    ]);
  }
  return table.toString();
}

function briefly(detail: object): string {
  return Object.entries(detail as Record<string, unknown>)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}
