import { parseRate, total, type Rates } from '../../src/domain/units';
import { parseUntil } from '../../src/domain/shop/until';
import type { App } from '../../src/compose';
import { AppError } from '../../src/errors';
import type { OnlineDevice } from '../../src/services/devices/device-service';
import { deviceJson, limitJson, queueJson, speedJson } from '../../src/services/json-shapes';
import { actorText, calledAsIs } from '../../src/format/activity-text';
import { actor } from '../shell/actor';
import { NEVER_SEEN } from '../../src/services/devices/device-service';
import { limitedDevices, onlineDevices } from '../shell/choices';
import { command, flag, option, requiredOption } from '../shell/command';
import { deviceArgument, findDevice } from '../shell/device-argument';
import { showLive } from '../shell/live-view';
import { needRouter, takeEffect } from '../shell/router-access';
import { textTable, wrapped, type Column } from '../shell/text-table';
import { NONE, ratesText, sizeText, timeText } from '../shell/figures';
import { leftText, rateText } from '../../src/format/figures';
import { inStateColor } from '../shell/colors';
import { speedTexts } from '../../src/format/speed-text';

const WATCH_MS = 1_000;

export const listBandwidth = command({
  name: 'bandwidth list',
  summary: 'Show devices online now, their traffic and their limit',
  example: 'bandwidth list --watch',
  parameters: { watch: flag('--watch', 'go on showing it, the busiest first, until Ctrl-C') },
  run: (app) => {
    needRouter(app);
    return app.services.devices.online();
  },
  goOn: (app, { watch }, json) => {
    if (!watch) return undefined;
    needRouter(app);
    return watchBandwidth(app, json);
  },
  json: (devices) => devices.map(deviceJson),
  text: (devices) => deviceTable(devices),
});

/** A head, and one line for each device. @param width in columns */
function deviceTable(devices: readonly OnlineDevice[], width = 80): string {
  return textTable(
    [
      { title: 'Device' },
      { title: 'Name or code', elastic: true, cut: true },
      { title: 'Limit ↑↓', align: 'right' },
      { title: 'Now ↑↓', align: 'right' },
      { title: 'Used', align: 'right' },
      { title: 'Why', elastic: true, cut: true, paint: inStateColor },
    ],
    devices.map((device) => [
      device.mac,
      device.name ?? device.user,
      shortRates(device.maxLimit),
      shortRates(device.rate),
      sizeText(total(device.used)),
      device.reason ?? NONE,
    ]),
    'Nobody is online.',
    width,
  );
}

/** Left out where the names would have no room. */
const ROOM_FOR_EXTRAS = 70;

interface LiveColumn extends Column {
  cell: (device: OnlineDevice) => string;
  isExtra?: true;
}

/** The same people for a screen that is watched: the time left, and no addresses. @param width in columns */
export function liveTable(devices: readonly OnlineDevice[], width = 80): string {
  const columns: LiveColumn[] = [
    { title: 'Name or code', elastic: true, cut: true, cell: ({ name, user }) => name ?? user },
    {
      ...{ title: 'Left', align: 'right' },
      cell: ({ secondsLeft }) => (secondsLeft === null ? NONE : leftText(secondsLeft)),
    },
    { title: 'Used', align: 'right', isExtra: true, cell: ({ used }) => sizeText(total(used)) },
    { title: 'Now ↑↓', align: 'right', cell: ({ rate }) => shortRates(rate) },
    {
      ...{ title: 'Limit ↑↓', align: 'right', isExtra: true },
      cell: ({ maxLimit }) => shortRates(maxLimit),
    },
    {
      ...{ title: 'Why', elastic: true, cut: true, paint: inStateColor },
      cell: ({ reason }) => reason ?? NONE,
    },
  ];
  const shown = columns.filter(({ isExtra }) => !isExtra || width >= ROOM_FOR_EXTRAS);
  return textTable(
    shown,
    devices.map((device) => shown.map(({ cell }) => cell(device))),
    'Nobody is online.',
    width,
  );
}

/** `512K/1M`, up and down: each device has one line of 80 columns. */
export function shortRates(rates: Rates | null): string {
  if (rates === null) return NONE;
  return [rates.up, rates.down].map((rate) => rateText(rate).replace(' bit/s', 'b')).join('/');
}

/** Who is online, the busiest device first. */
async function busiest(app: App): Promise<OnlineDevice[]> {
  needRouter(app);
  const devices = await app.services.devices.online();
  return devices.sort((a, b) => total(b.rate) - total(a.rate));
}

/** On a screen over itself; for a program one line of JSON each time. */
async function watchBandwidth(app: App, json: boolean): Promise<void> {
  if (!json && process.stdout.isTTY && process.stdin.isTTY) return showTraffic(app);
  for (;;) {
    const found = json
      ? JSON.stringify((await app.services.devices.online()).map(deviceJson))
      : deviceTable(await busiest(app));
    process.stdout.write(`${found}\n`);
    await app.clock.wait(WATCH_MS);
  }
}

/** Who uses how much right now, until a key is pressed. */
function showTraffic(app: App): Promise<void> {
  return showLive('Who is online', WATCH_MS, () =>
    orTrouble(async () => deviceTable(await busiest(app))),
  );
}

/** What is wrong, in place of what a live view shows: the router may come back. */
export async function orTrouble<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) return wrapped(error.message, 0, process.stdout.columns);
    throw error;
  }
}

export const whyBandwidth = command({
  name: 'bandwidth why',
  summary: 'Tell how fast a device was allowed to be, when, and why',
  example: 'bandwidth why AA:BB:CC:DD:EE:FF',
  parameters: { device: deviceArgument(onlineDevices) },
  run: async (app, { device }) => {
    const { mac } = await findDevice(app, device);
    return app.services.speeds.ofDevice(mac);
  },
  json: (speeds) => speeds.map(speedJson),
  text: (speeds, timeZone) =>
    textTable(
      [{ title: 'From' }, { title: 'To' }, { title: 'Speed' }, { title: 'Why', elastic: true }],
      speeds
        .map((speed) => speedTexts(speed, timeZone))
        .map(({ from, to, speed, why }) => [from, to, speed, why]),
      'Nothing is known of this device yet; its speed is written down once it is online.',
    ),
});

export const setBandwidth = command({
  name: 'bandwidth set',
  summary: 'Give one device a manual limit',
  example: 'bandwidth set AA:BB:CC:DD:EE:FF --up 1M --down 2M --until 2h',
  whenEmpty: 'means until you remove it',
  parameters: {
    device: deviceArgument(onlineDevices),
    up: requiredOption('--up <rate>', 'upload limit, such as 512K or 1M', parseRate),
    down: requiredOption('--down <rate>', 'download limit, such as 512K or 2M', parseRate),
    until: option(
      '--until <time>',
      'how long: 2h, or until 18:00 or 2026-12-24T18:00',
      untilAsTyped,
    ),
  },
  run: async (app, { device, up, down, until: typed }) => {
    const { mac, label } = await findDevice(app, device);
    const until =
      typed === undefined
        ? null
        : parseUntil(typed, app.clock.now(), app.services.shop.get().timeZone);
    const { devices } = app.services;
    await devices.setLimit(mac, { up, down }, until, actor());
    const later = await takeEffect(app);
    const isStranger = !later && (await devices.isStranger(mac));
    return { mac, label, rate: { up, down }, until, later, isStranger };
  },
  json: ({ mac, rate, until }) => ({
    mac,
    rateUp: rate.up,
    rateDown: rate.down,
    until: until && until.toISOString(),
  }),
  text: ({ label, rate, until }, timeZone) =>
    `${label} is limited to ${ratesText(rate)} ` +
    (until ? `until ${timeText(until, timeZone)}.` : 'until you remove the limit.'),
  notes: ({ later, isStranger }) => [
    ...(later ? [later] : []),
    ...(isStranger ? [NEVER_SEEN] : []),
  ],
});

export const listLimits = command({
  name: 'bandwidth limits',
  summary: 'Show the limits set by hand, of devices that are here or not',
  example: 'bandwidth limits --json',
  parameters: {},
  run: (app) => app.services.devices.limits(),
  json: (limits) => limits.map(limitJson),
  text: (limits, timeZone) =>
    textTable(
      [
        { title: 'Name', elastic: true },
        { title: 'Device' },
        { title: 'Limit' },
        { title: 'Until' },
        { title: 'By', elastic: true },
      ],
      limits.map(({ mac, name, rate, until, by }) => [
        name ?? NONE,
        mac,
        ratesText(rate),
        until ? timeText(until, timeZone) : 'you remove it',
        actorText(by, calledAsIs),
      ]),
      'No limit is set by hand.',
    ),
});

export const removeBandwidth = command({
  name: 'bandwidth remove',
  summary: 'Remove a manual limit; the plan decides again',
  example: 'bandwidth remove AA:BB:CC:DD:EE:FF',
  parameters: { device: deviceArgument(limitedDevices) },
  run: async (app, { device }) => {
    const { mac, label } = await findDevice(app, device);
    await app.services.devices.removeLimit(mac, actor());
    return { mac, label, later: await takeEffect(app) };
  },
  json: ({ mac }) => ({ mac }),
  text: ({ label }) => `${label} has no limit of its own any more; its plan decides.`,
  notes: ({ later }) => (later ? [later] : []),
});

export const listQueues = command({
  name: 'bandwidth queues',
  summary: 'Show all simple queues of the router, ours or not',
  example: 'bandwidth queues --json',
  parameters: {},
  run: (app) => needRouter(app).router.queues(),
  json: (queues) => queues.map(queueJson),
  text: (queues) =>
    textTable(
      [
        { title: 'Queue', elastic: true },
        { title: 'Target', elastic: true },
        { title: 'Limit' },
        { title: 'Up', align: 'right' },
        { title: 'Down', align: 'right' },
        { title: 'Ours' },
      ],
      queues.map((queue) => [
        queue.name,
        queue.targets.join(', '),
        ratesText(total(queue.maxLimit) > 0 ? queue.maxLimit : null),
        sizeText(queue.bytes.up),
        sizeText(queue.bytes.down),
        queueJson(queue).owned ? 'yes' : queue.dynamic ? 'no, dynamic' : 'no',
      ]),
      'The router has no simple queues.',
    ),
});

/** Checked for its shape where it is typed; what it means depends on the shop's clock. */
function untilAsTyped(typed: string): string {
  const text = typed.trim();
  parseUntil(text, new Date(0), 'UTC');
  return text;
}
