import { parseMac } from '../../src/domain/units';
import { actor } from '../shell/actor';
import { blockedDevices, onlineDevices } from '../shell/choices';
import { argument, asTyped, command, option } from '../shell/command';
import { takeEffect } from '../shell/router-access';
import { textTable } from '../shell/text-table';
import { timeText } from '../shell/figures';

export const blockDevice = command({
  name: 'hotspot block',
  summary: 'Block a device, whatever voucher it brings',
  example: 'hotspot block AA:BB:CC:DD:EE:FF --reason noisy',
  parameters: {
    mac: argument('MAC', "the device's address", parseMac, onlineDevices),
    reason: option('--reason <text>', 'why, for the record', asTyped),
  },
  run: async (app, { mac, reason = 'not said' }) => {
    await app.services.blocks.block(mac, reason, actor());
    return { mac, reason, later: await takeEffect(app) };
  },
  json: ({ mac, reason }) => ({ mac, reason }),
  text: ({ mac }) => `${mac} is blocked; its voucher keeps running.`,
  notes: ({ later }) => (later ? [later] : []),
});

export const unblockDevice = command({
  name: 'hotspot unblock',
  summary: 'Unblock a device',
  example: 'hotspot unblock AA:BB:CC:DD:EE:FF',
  parameters: { mac: argument('MAC', "the device's address", parseMac, blockedDevices) },
  run: async (app, { mac }) => {
    await app.services.blocks.unblock(mac, actor());
    return { mac, later: await takeEffect(app) };
  },
  json: ({ mac }) => ({ mac }),
  text: ({ mac }) => `${mac} is unblocked and is unblocked.`,
  notes: ({ later }) => (later ? [later] : []),
});

export const listBlocked = command({
  name: 'hotspot blocked',
  summary: 'Show the blocked devices',
  example: 'hotspot blocked --json',
  parameters: {},
  run: (app) => app.services.blocks.list(),
  json: (devices) =>
    devices.map(({ mac, reason, by, at }) => ({ mac, reason, by, at: at.toISOString() })),
  text: (devices, timeZone) =>
    textTable(
      [{ title: 'Device' }, { title: 'Why', elastic: true }, { title: 'By' }, { title: 'Since' }],
      devices.map(({ mac, reason, by, at }) => [mac, reason, by, timeText(at, timeZone)]),
      'No device is blocked.',
    ),
});
