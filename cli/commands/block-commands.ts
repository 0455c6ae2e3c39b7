import { actorText, calledAsIs } from '../../src/format/activity-text';
import { actor } from '../shell/actor';
import { blockedDevices, onlineDevices } from '../shell/choices';
import { asTyped, command, option } from '../shell/command';
import { deviceArgument, findDevice } from '../shell/device-argument';
import { takeEffect } from '../shell/router-access';
import { textTable } from '../shell/text-table';
import { NONE, timeText } from '../shell/figures';

export const blockDevice = command({
  name: 'hotspot block',
  summary: 'Block a device, whatever voucher it brings',
  example: 'hotspot block AA:BB:CC:DD:EE:FF --reason noisy',
  parameters: {
    device: deviceArgument(onlineDevices),
    reason: option('--reason <text>', 'why, for the record', asTyped),
  },
  run: async (app, { device, reason = 'not said' }) => {
    const { mac, label } = await findDevice(app, device);
    await app.services.blocks.block(mac, reason, actor());
    return { mac, label, reason, later: await takeEffect(app) };
  },
  json: ({ mac, reason }) => ({ mac, reason }),
  text: ({ label }) => `${label} is blocked; its voucher keeps running.`,
  notes: ({ later }) => (later ? [later] : []),
});

export const unblockDevice = command({
  name: 'hotspot unblock',
  summary: 'Unblock a device',
  example: 'hotspot unblock AA:BB:CC:DD:EE:FF',
  parameters: { device: deviceArgument(blockedDevices) },
  run: async (app, { device }) => {
    const { mac, label } = await findDevice(app, device);
    await app.services.blocks.unblock(mac, actor());
    return { mac, label, later: await takeEffect(app) };
  },
  json: ({ mac }) => ({ mac }),
  text: ({ label }) => `${label} is unblocked.`,
  notes: ({ later }) => (later ? [later] : []),
});

export const listBlocked = command({
  name: 'hotspot blocked',
  summary: 'Show the blocked devices',
  example: 'hotspot blocked --json',
  parameters: {},
  run: async ({ services }) => {
    const blocked = await services.blocks.list();
    const names = await services.deviceNames.of(blocked.map(({ mac }) => mac));
    return blocked.map((one) => ({ ...one, name: names.get(one.mac) ?? NONE }));
  },
  json: (devices) =>
    devices.map(({ mac, reason, by, at }) => ({ mac, reason, by, at: at.toISOString() })),
  text: (devices, timeZone) =>
    textTable(
      [
        { title: 'Name', elastic: true },
        { title: 'Device' },
        { title: 'Why', elastic: true },
        { title: 'By' },
        { title: 'Since' },
      ],
      devices.map(({ mac, name, reason, by, at }) => [
        name,
        mac,
        reason,
        actorText(by, calledAsIs),
        timeText(at, timeZone),
      ]),
      'No device is blocked.',
    ),
});
