import { devicesByVoucher } from '../../src/domain/network/network';
import { endsAt, timeLeft } from '../../src/domain/vouchers/remaining';
import { parseMac } from '../../src/domain/units';
import { actor } from '../shell/actor';
import { onlineDevices } from '../shell/choices';
import { argument, command, consent } from '../shell/command';
import { needRouter, takeEffect } from '../shell/router-access';
import { textTable } from '../shell/text-table';
import { durationText, timeText } from '../shell/figures';
import { leftText } from '../../src/format/figures';

export const listActive = command({
  name: 'hotspot active',
  summary: 'Show who is logged in at the hotspot',
  example: 'hotspot active',
  parameters: {},
  run: async (app) => {
    const { active } = await needRouter(app).router.observe();
    const vouchers = await app.stores.vouchers.ofInterest();
    const devices = devicesByVoucher(active);
    const now = app.clock.now();
    return active.map((session) => {
      const voucher = vouchers.get(session.user);
      return {
        session,
        voucher,
        endsAt: voucher ? endsAt(voucher, now, devices.get(session.user)!) : null,
        left: voucher ? timeLeft(voucher, now) : null,
      };
    });
  },
  json: (entries) =>
    entries.map(({ session, voucher, endsAt: ends }) => ({
      mac: session.mac,
      ip: session.address,
      user: session.user,
      plan: voucher?.planName ?? '',
      uptimeSeconds: Math.floor(session.uptimeMs / 1000),
      endsAt: ends && ends.toISOString(),
    })),
  text: (entries, timeZone) =>
    textTable(
      [
        { title: 'Device' },
        { title: 'Address' },
        { title: 'Voucher', elastic: true },
        { title: 'Plan', elastic: true },
        { title: 'Online', align: 'right' },
        { title: 'Left', align: 'right' },
        { title: 'Ends' },
      ],
      entries.map(({ session, voucher, endsAt: ends, left }) => [
        session.mac,
        session.address,
        session.user,
        voucher?.planName ?? '-',
        durationText(Math.floor(session.uptimeMs / 1000)),
        leftText(left),
        timeText(ends, timeZone),
      ]),
      'Nobody is logged in.',
    ),
});

export const kickDevice = command({
  name: 'hotspot kick',
  summary: 'Log a device out; its voucher stays valid',
  example: 'hotspot kick AA:BB:CC:DD:EE:FF',
  parameters: { mac: argument('MAC', "the device's address", parseMac, onlineDevices) },
  run: async (app, { mac }) => {
    await app.services.devices.kick(mac, actor());
    return { macs: [mac], later: await takeEffect(app) };
  },
  json: ({ macs }) => ({ kicked: macs }),
  text: ({ macs }) => `${macs.join()} is logged out; the customer can come back by the portal.`,
  notes: ({ later }) => (later ? [later] : []),
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
