import { z } from 'zod';
import { isIP } from 'node:net';
import type { Voucher } from '../../../domain/vouchers/voucher';
import { VOUCHER_STATUSES } from '../../../domain/vouchers/voucher';
import { parseCode } from '../../../domain/vouchers/voucher-code';
import { isoTime } from '../../../clock';
import { InvalidInput, NotFound } from '../../../errors';
import { voucherJson } from '../../../services/json-shapes';
import type { Services } from '../../../services/services';
import type { VoucherPlace } from '../../../store/vouchers/voucher-search';
import { ownSites, sellingSite } from '../../staff/own-sites';
import { operation } from '../operation';
import {
  changesOf,
  externalAnswer,
  externalBody,
  externalFilter,
  externalShape,
  oneCalled,
} from './external';
import {
  code,
  codeParams,
  count,
  id,
  money,
  pageOf,
  paging,
  rate,
  readPage,
  text,
  time,
  word,
} from '../schemas';
import { say } from '../../../text';

const PATH = '/vouchers';
const MOST_AT_ONCE = 500;
/** Ten years. */
const LONGEST_EXTENSION = 10 * 366 * 86_400;

const voucherAnswer = z
  .object({
    code: z.string(),
    plan: z.string(),
    status: z.enum(VOUCHER_STATUSES),
    developer: z.boolean(),
    price: money,
    rateUp: rate,
    rateDown: rate,
    validitySeconds: count.nullable(),
    capBytes: count.nullable(),
    usedBytes: count,
    periodUsedBytes: count,
    uptimeSeconds: count.nullable(),
    usedUptimeSeconds: count,
    devices: z.array(z.object({ mac: z.string(), ip: z.string().nullable() })),
    maxDevices: count,
    batch: count.nullable(),
    createdAt: time,
    createdBy: z.string(),
    seller: z.string().nullable(),
    activatedAt: time.nullable(),
    expiresAt: time.nullable(),
    endedAt: time.nullable(),
    note: z.string().describe('Its own; that of its batch is not here'),
    ...externalAnswer,
  })
  .meta({ id: 'Voucher' });

const byAge = {
  key: z.tuple([z.string(), z.string()]),
  of: ({ createdAt, code: of }: VoucherPlace): [string, string] => [createdAt, of],
};

export const voucherOperations = [
  operation({
    id: 'listVouchers',
    method: 'get',
    path: PATH,
    tag: 'Vouchers',
    summary: 'Vouchers, newest first',
    scope: 'sell',
    isOfSites: true,
    query: z.strictObject({
      ...paging,
      ...externalFilter,
      text: text(80)
        .optional()
        .describe(
          'Part of a code, of the note of a batch or of the name of a device; a MAC; a seller',
        ),
      status: z.enum(VOUCHER_STATUSES).optional(),
      plan: text(80).optional(),
      batch: id.optional(),
      seller: text(80).optional(),
    }),
    answer: pageOf(voucherAnswer),
    run: async ({ services }, { query, within }) => {
      const { text: part, status, plan, batch, seller, external_id: theirs, ...page } = query;
      const only = await oneCalled(services, 'voucher', theirs);
      if (only === null) return { items: [], next: null };
      const statuses = status && [status];
      const search = {
        scope: within,
        text: part,
        statuses,
        plan,
        batchId: batch,
        seller,
        code: only,
      };
      const { items, next } = await readPage(page, byAge, (limit, after) =>
        services.voucherSearches.next(search, limit, after),
      );
      const vouchers = await services.vouchers.findAll(items.map((one) => one.code));
      return { items: await voucherShapes(services, vouchers), next };
    },
  }),
  operation({
    id: 'makeVouchers',
    method: 'post',
    path: PATH,
    tag: 'Vouchers',
    summary: 'Make a batch of vouchers: all of it or nothing',
    scope: 'sell',
    isOfSites: true,
    body: z.strictObject({
      plan: word(80),
      count: z.int().min(1).max(MOST_AT_ONCE).optional().describe('1 if not given'),
      prefix: text(8).optional(),
      length: z.int().min(1).max(24).optional().describe('Of the codes, without the prefix'),
      note: text(200).optional(),
      seller: text(80).optional().describe('Whose sale it will be; this program if not given'),
    }),
    answer: z.object({ batch: count, vouchers: z.array(voucherAnswer) }),
    status: 201,
    location: ({ batch }) => `${PATH}?batch=${batch}`,
    run: async ({ services }, { body: { count: number = 1, ...order }, by, within }) => {
      const own = await ownSites(services.sites, { scope: within });
      const site = sellingSite(own, within, '')?.name;
      if (site !== undefined && order.seller !== undefined) {
        throw new InvalidInput(
          'What a token of a site makes is its own sale: leave out the seller',
        );
      }
      const made = await services.batches.generate({ count: number, ...order, site }, by);
      return { batch: made.batch, vouchers: await voucherShapes(services, made.vouchers) };
    },
  }),
  operation({
    id: 'getVoucher',
    method: 'get',
    path: `${PATH}/{code}`,
    tag: 'Vouchers',
    summary: 'One voucher, with its devices',
    scope: 'sell',
    isOfSites: true,
    params: codeParams,
    answer: voucherAnswer,
    run: ({ services }, { params }) => voucherShape(services, params.code),
  }),
  operation({
    id: 'changeVoucher',
    method: 'patch',
    path: `${PATH}/{code}`,
    tag: 'Vouchers',
    summary: 'Change what is known of a voucher, not what was sold; what is left out stays',
    scope: 'admin',
    isOfSites: true,
    params: codeParams,
    body: z.strictObject({
      note: text(200).optional(),
      seller: text(80)
        .optional()
        .describe('Whose sale it will be, until it is used; empty: who made it'),
      ...externalBody,
    }),
    answer: voucherAnswer,
    run: async ({ services }, { params, body: { note, seller, ...sent }, by }) => {
      const { code: of } = await soldVoucher(services, params.code);
      const change = async () => {
        if (seller !== undefined) await services.batches.handOverOne(of, seller, by);
      };
      const changes = { ...changesOf(sent), note };
      await services.externalFields.beside('voucher', changes, by, change, () => of);
      return voucherShape(services, of);
    },
  }),
  operation({
    id: 'redeemVoucher',
    method: 'post',
    path: `${PATH}/{code}/redeem`,
    tag: 'Vouchers',
    summary: 'Bring a device online with a voucher, as if its customer had typed the code',
    isLong: true,
    scope: 'sell',
    isOfSites: true,
    params: codeParams,
    body: z.strictObject({
      ip: z.string().max(45).refine(isAddress, 'is no address').describe('Of the device, now'),
    }),
    answer: z.object({ code, expiresAt: time.nullable() }),
    run: async ({ services }, { params, body: { ip }, within, by }) => {
      const wanted = parseCode(params.code);
      const isOwn = await services.sites.routersWithin(within);
      const own = services.routers.all.filter(({ id }) => isOwn(id));
      // Two sites may use the same addresses: where there is one router, that one is asked.
      const host = await services.loop.whoIsAt(ip, own.length === 1 ? own[0]!.key : undefined);
      if (!host || !isOwn(host.router ?? 0))
        throw new NotFound(say`No device has the address ${ip}`);
      const { expiresAt } = await services.redemptions.redeem(wanted, host, { by });
      return { code: wanted, expiresAt: isoTime(expiresAt) };
    },
  }),
  operation({
    id: 'extendVoucher',
    method: 'post',
    path: `${PATH}/{code}/extend`,
    tag: 'Vouchers',
    summary: 'Add time to a voucher',
    scope: 'sell',
    isOfSites: true,
    params: codeParams,
    body: z.strictObject({ seconds: z.int().min(1).max(LONGEST_EXTENSION) }),
    answer: voucherAnswer,
    run: async ({ services }, { params, body: { seconds }, by }) => {
      await services.vouchers.extend((await soldVoucher(services, params.code)).code, seconds, by);
      return voucherShape(services, params.code);
    },
  }),
  operation({
    id: 'revokeVoucher',
    method: 'post',
    path: `${PATH}/{code}/revoke`,
    tag: 'Vouchers',
    summary: 'End a voucher; its devices are logged out',
    scope: 'admin',
    isOfSites: true,
    params: codeParams,
    answer: voucherAnswer,
    run: async ({ services }, { params, by }) => {
      await services.vouchers.revoke((await soldVoucher(services, params.code)).code, by);
      return voucherShape(services, params.code);
    },
  }),
  operation({
    id: 'unrevokeVoucher',
    method: 'post',
    path: `${PATH}/{code}/unrevoke`,
    tag: 'Vouchers',
    summary: 'Undo the end of a voucher: it goes on with what it has left',
    scope: 'admin',
    isOfSites: true,
    params: codeParams,
    answer: voucherAnswer,
    run: async ({ services }, { params, by }) => {
      await services.vouchers.undoRevoke((await soldVoucher(services, params.code)).code, by);
      return voucherShape(services, params.code);
    },
  }),
];

/** Without what subscribers have in place of one. @throws NotFound */
export async function soldVoucher(
  { vouchers }: Pick<Services, 'vouchers'>,
  typed: string,
): Promise<Voucher> {
  const voucher = await vouchers.find(typed);
  if (voucher.access) throw new NotFound(say`There is no voucher ${voucher.code}`);
  return voucher;
}

async function voucherShape(services: Services, typed: string) {
  await soldVoucher(services, typed);
  const { voucher, devices } = await services.vouchers.history(typed);
  const fields = await services.externalFields.of('voucher', voucher.code);
  return { ...voucherJson(voucher, devices), note: fields.note, ...externalShape(fields) };
}

async function voucherShapes(services: Services, vouchers: readonly Voucher[]) {
  const fields = await services.externalFields.ofAll(
    'voucher',
    vouchers.map((one) => one.code),
  );
  return vouchers.map((one) => {
    const own = fields.get(one.code);
    return { ...voucherJson(one), note: own?.note ?? '', ...externalShape(own) };
  });
}

function isAddress(typed: string): boolean {
  return isIP(typed) !== 0;
}
