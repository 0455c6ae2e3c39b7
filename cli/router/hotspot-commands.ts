import { actor } from '../shell/actor';
import { onlineDevices } from '../shell/choices';
import { asTyped, command, consent, requiredOption } from '../shell/command';
import { deviceArgument, findDevice } from '../shell/device-argument';
import { needRouter, takeEffect } from '../shell/router-access';
import { textTable } from '../shell/text-table';
import { NONE, durationText, timeText } from '../shell/figures';
import { leftText } from '../../src/format/figures';

export const listActive = command({
  name: 'hotspot active',
  summary: 'Show who is logged in at the hotspot',
  example: 'hotspot active',
  parameters: {},
  run: (app) => {
    needRouter(app);
    return app.services.devices.online();
  },
  json: (devices) =>
    devices.map(({ mac, name, ip, user, plan, uptimeMs, secondsLeft, endsAt }) => ({
      ...{ mac, name, ip, user, plan, secondsLeft },
      uptimeSeconds: Math.floor(uptimeMs / 1000),
      endsAt: endsAt && endsAt.toISOString(),
    })),
  text: (devices, timeZone) =>
    textTable(
      [
        { title: 'Device', elastic: true, cut: true },
        { title: 'Address' },
        { title: 'Voucher', elastic: true },
        { title: 'Plan', elastic: true },
        { title: 'Online', align: 'right' },
        { title: 'Left', align: 'right' },
        { title: 'Ends' },
      ],
      devices.map(({ mac, name, ip, user, plan, uptimeMs, secondsLeft, endsAt }) => [
        name ?? mac,
        ip,
        user,
        plan || NONE,
        durationText(Math.floor(uptimeMs / 1000)),
        leftText(secondsLeft),
        timeText(endsAt, timeZone),
      ]),
      'Nobody is logged in.',
    ),
});

export const kickDevice = command({
  name: 'hotspot kick',
  summary: 'Log a device out; its voucher stays valid',
  example: 'hotspot kick AA:BB:CC:DD:EE:FF',
  parameters: { device: deviceArgument(onlineDevices) },
  run: async (app, { device }) => {
    const { mac, label } = await findDevice(app, device);
    await app.services.devices.kick(mac, actor());
    return { mac, label, later: await takeEffect(app) };
  },
  json: ({ mac }) => ({ kicked: [mac] }),
  text: ({ label }) => `${label} is logged out; the customer can come back by the portal.`,
  notes: ({ later }) => (later ? [later] : []),
});

export const nameDevice = command({
  name: 'hotspot name',
  summary: 'Give a device a name of your own',
  example: 'hotspot name AA:BB:CC:DD:EE:FF --name Joy',
  parameters: {
    device: deviceArgument(onlineDevices),
    name: requiredOption('--name <text>', "its name; empty for the phone's own", asTyped),
  },
  run: async (app, { device, name }) => {
    const { mac } = await findDevice(app, device);
    await app.services.deviceNames.give(mac, name, actor());
    return { mac, label: await app.services.deviceNames.labelOf(mac) };
  },
  json: ({ mac, label }) => ({ mac, name: label }),
  text: ({ mac, label }) => `${mac} is called ${label} now.`,
});

export const kickAllDevices = command({
  name: 'hotspot kick-all',
  summary: 'Log every device out; the vouchers stay valid',
  example: 'hotspot kick-all --yes',
  parameters: { consent: consent('Log every customer out?') },
  run: async (app) => {
    const macs = await app.services.devices.kickAll(actor());
    return { macs, later: macs.length > 0 ? await takeEffect(app) : undefined };
  },
  json: ({ macs }) => ({ kicked: macs }),
  text: ({ macs }) =>
    macs.length === 0
      ? 'Nobody has a voucher running.'
      : `Logged out: ${macs.length}. Customers can come back by the portal.`,
  notes: ({ later }) => (later ? [later] : []),
});
