import { parseRate, total, type Rates } from '../../src/domain/units';
import { parseUntil } from '../../src/domain/shop/until';
import type { App } from '../../src/compose';
import { AppError, InvalidInput } from '../../src/errors';
import type { OnlineDevice } from '../../src/services/devices/device-service';
import { deviceJson, limitJson, queueJson, speedJson } from '../../src/services/json-shapes';
import { actor } from '../shell/actor';
import { NEVER_SEEN } from '../../src/services/devices/device-service';
import { limitedDevices, onlineDevices } from '../shell/choices';
import { asTyped, command, flag, option, requiredOption } from '../shell/command';
import { deviceArgument, findDevice } from '../shell/device-argument';
import { showLive } from '../shell/live-view';
import { needRouter, takeEffect } from '../shell/router-access';
import { textTable, wrapped } from '../shell/text-table';
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
      sizeText(total(device.bytes)),
      device.reason ?? NONE,
    ]),
    'Nobody is online.',
    width,
  );
}

/** The same people for a screen that is watched: the time left, and no addresses. @param width in columns */
export function liveTable(devices: readonly OnlineDevice[], width = 80): string {
  return textTable(
    [
      { title: 'Name or code', elastic: true, cut: true },
      { title: 'Left', align: 'right' },
      { title: 'Used', align: 'right' },
      { title: 'Now ↑↓', align: 'right' },
      { title: 'Limit ↑↓', align: 'right' },
      { title: 'Why', elastic: true, cut: true, paint: inStateColor },
    ],
    devices.map((device) => [
      device.name ?? device.user,
      device.secondsLeft === null ? NONE : leftText(device.secondsLeft),
      sizeText(total(device.bytes)),
      shortRates(device.rate),
      shortRates(device.maxLimit),
      device.reason ?? NONE,
    ]),
    'Nobody is online.',
    width,
  );
}

/** `512K/1M`, up and down: each device has one line of 80 columns. */
function shortRates(rates: Rates | null): string {
  if (rates === null) return NONE;
  return [rates.up, rates.down].map((rate) => rateText(rate).replace(' bit/s', 'b')).join('/');
}

/** Who is online, the busiest device first. */
export async function busiest(app: App): Promise<OnlineDevice[]> {
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
  parameters: {
    device: deviceArgument(onlineDevices),
    up: requiredOption('--up <rate>', 'from the device: 512K, 1M', parseRate),
    down: requiredOption('--down <rate>', 'to the device: 2M, 1.5M', parseRate),
    until: option('--until <time>', 'for 2h, or to a time: 2026-12-24T18:00, 18:00', asTyped),
  },
  run: async (app, { device, up, down, until: typed }) => {
    const { mac, label } = await findDevice(app, device);
    const until =
      typed === undefined
        ? null
        : readUntil(typed, app.clock.now(), app.services.shop.get().timeZone);
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
        by,
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

/** @throws InvalidInput naming the option */
function readUntil(typed: string, now: Date, timeZone: string): Date {
  try {
    return parseUntil(typed.trim(), now, timeZone);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(`--until ${error.message}`, { cause: error });
  }
}
