import { z } from 'zod';
import { LONGEST } from '../../../domain/billing/bounds';
import {
  LOGIN_KINDS,
  type Subscriber,
  type SubscriberDraft,
} from '../../../domain/billing/subscriber';
import { subscriberJson } from '../../../services/json-shapes';
import { NotFound } from '../../../errors';
import type { Voucher } from '../../../domain/vouchers/voucher';
import type { Services } from '../../../services/services';
import { operation } from '../operation';
import { count, idParams, pageOf, paging, readPage, text, time, word } from '../schemas';
import {
  changesOf,
  externalAnswer,
  externalBody,
  externalFilter,
  externalShape,
  numberOf,
  oneCalled,
  withExternal,
} from './external';
import { projection, projectionBody, projectionShape, quota, quotaShape } from './quota';
import { say } from '../../../text';

const PATH = '/subscribers';
const ONE = `${PATH}/{id}`;
const TAG = 'Subscribers';
/** Digits of a telephone number that are the same with the code of the country and without. */
const TOLD_APART = 9;
const STATUSES = ['active', 'suspended', 'cancelled'] as const;

export const subscriber = z
  .object({
    id: z.int(),
    name: z.string(),
    contact: z.string(),
    address: z.string(),
    notes: z.string(),
    loginKind: z.enum(LOGIN_KINDS),
    login: z.string().nullable(),
    hasPassword: z.boolean(),
    staticAddress: z.string().nullable(),
    status: z.enum(STATUSES),
    suspendedFor: z.enum(['unpaid', 'by hand']).nullable(),
    discountPercent: z.number(),
    cycleEndsAt: time.nullable(),
    createdAt: time,
    createdBy: z.string(),
    ...externalAnswer,
  })
  .meta({ id: 'Subscriber' });

const particulars = {
  contact: text(LONGEST.contact).optional().describe('Telephone or mail'),
  address: text(LONGEST.address).optional(),
  notes: text(LONGEST.notes).optional(),
  loginKind: z.enum(LOGIN_KINDS).optional(),
  login: text(32).nullable().optional().describe('The name they log in with'),
  password: text(LONGEST.password).optional().describe('Nobody comes in without one'),
  staticAddress: z.ipv4().nullable().optional().describe('A PPPoE line always has it'),
  discountPercent: z.number().min(0).max(100).optional().describe('Off the price of the plan'),
  ...externalBody,
};

const byName = {
  key: z.tuple([z.string(), z.int()]),
  of: (one: Subscriber): [string, number] => [one.name, one.id],
};

export const subscriberOperations = [
  operation({
    id: 'listSubscribers',
    method: 'get',
    path: PATH,
    tag: TAG,
    summary: 'Who pays by the cycle, in the order of their names',
    scope: 'sell',
    query: z.strictObject({
      ...paging,
      ...externalFilter,
      status: z.enum(STATUSES).optional(),
      q: word(80).optional().describe('Part of the name, the contact or the login'),
      login: word(32).optional().describe('In any capitals'),
      phone: z
        .string()
        .max(40)
        .regex(/^(\D*\d){5}[\d\s()+-]*$/, 'is no part of a telephone number')
        .optional()
        .describe('Five digits or more of a telephone number, however the contact has it'),
    }),
    answer: pageOf(subscriber),
    run: async ({ services }, { query }) => {
      const { status, q, login, phone, external_id: theirs, ...asked } = query;
      const only = await oneCalled(services, 'subscriber', theirs);
      if (only === null) return { items: [], next: null };
      const digits = phone?.replaceAll(/\D/g, '').slice(-TOLD_APART);
      const filter = { id: numberOf(only), status, text: q, login, phone: digits };
      const { items, next } = await readPage(asked, byName, (limit, after) =>
        services.subscribers.page(filter, limit, after),
      );
      return { items: await subscriberShapes(services, items), next };
    },
  }),
  operation({
    id: 'addSubscriber',
    method: 'post',
    path: PATH,
    tag: TAG,
    summary: 'Add a customer who pays by the cycle',
    scope: 'admin',
    body: z.strictObject({ name: word(LONGEST.name), ...particulars }),
    answer: subscriber,
    status: 201,
    location: (made) => `${PATH}/${made.id}`,
    etag: true,
    run: async ({ services }, { body, by }) => {
      const add = () => services.subscribers.add(draftOf(body), by);
      const of = changesOf(body);
      const added = await services.externalFields.beside('subscriber', of, by, add, ({ id }) => id);
      return subscriberShape(services, added);
    },
  }),
  operation({
    id: 'getSubscriber',
    method: 'get',
    path: ONE,
    tag: TAG,
    summary: 'One subscriber',
    scope: 'sell',
    params: idParams,
    answer: subscriber,
    etag: true,
    run: async ({ services }, { params }) =>
      subscriberShape(services, await services.subscribers.find(params.id)),
  }),
  operation({
    id: 'changeSubscriber',
    method: 'patch',
    path: ONE,
    tag: TAG,
    summary: 'Change what is known of a subscriber; what is left out stays',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({ name: word(LONGEST.name).optional(), ...particulars }),
    answer: subscriber,
    etag: true,
    ifMatch: true,
    run: async ({ services }, { params, body, by, ...given }) => {
      // In the same transaction, or somebody else's may be lost.
      const edit = async () => {
        const fields = externalShape(await services.externalFields.of('subscriber', params.id));
        return services.subscribers.edit(params.id, draftOf(body), by, (present) =>
          given.unchanged({ ...subscriberJson(present), ...fields }),
        );
      };
      const of = changesOf(body);
      const edited = await services.externalFields.beside(
        'subscriber',
        of,
        by,
        edit,
        ({ id }) => id,
      );
      return subscriberShape(services, edited);
    },
  }),
  operation({
    id: 'suspendSubscriber',
    method: 'post',
    path: `${ONE}/suspend`,
    tag: TAG,
    summary: 'Suspend a subscriber; cycles that begin meanwhile are not charged',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({ reason: text(200).optional() }),
    answer: subscriber,
    run: async ({ services }, { params, body: { reason = '' }, by }) =>
      subscriberShape(services, await services.subscribers.suspend(params.id, reason, by)),
  }),
  operation({
    id: 'resumeSubscriber',
    method: 'post',
    path: `${ONE}/resume`,
    tag: TAG,
    summary: 'End a suspension',
    scope: 'admin',
    params: idParams,
    answer: subscriber,
    run: async ({ services }, { params, by }) =>
      subscriberShape(services, await services.subscribers.resume(params.id, by)),
  }),
  operation({
    id: 'getSubscriberPolicy',
    method: 'get',
    path: `${ONE}/policy`,
    tag: TAG,
    summary: 'Which speed the devices of a subscriber have, and why',
    scope: 'sell',
    params: idParams,
    answer: z.object({
      login: z.string(),
      devices: z.array(
        z.object({
          mac: z.string().describe('Of a PPPoE line its login'),
          rateUp: count.nullable().describe('Bit/s; null: it may not be online'),
          rateDown: count.nullable(),
          reason: z.string(),
          since: time,
        }),
      ),
    }),
    run: async ({ services }, { params }) => {
      const { code } = await entitledTo(services, params.id);
      const present = (await services.speeds.ofVoucher(code)).filter(({ until }) => !until);
      return {
        login: code,
        devices: present.map(({ mac, rate, reason, at }) => ({
          ...{ mac, rateUp: rate?.up ?? null, rateDown: rate?.down ?? null, reason },
          since: at.toISOString(),
        })),
      };
    },
  }),
  operation({
    id: 'getSubscriberQuota',
    method: 'get',
    path: `${ONE}/quota`,
    tag: TAG,
    summary: 'What a subscriber used in this cycle and has left',
    scope: 'sell',
    params: idParams,
    answer: quota,
    run: async ({ services, clock }, { params }) =>
      quotaShape(await entitledTo(services, params.id), clock.now()),
  }),
  operation({
    id: 'projectSubscriber',
    method: 'post',
    path: `${ONE}/projection`,
    tag: TAG,
    summary: 'What would happen if that much more were used; nothing is changed',
    scope: 'sell',
    params: idParams,
    body: projectionBody,
    answer: projection,
    run: async ({ services }, { params, body }) =>
      projectionShape(await entitledTo(services, params.id), body.bytes),
  }),
];

export async function subscriberShape(services: Services, one: Subscriber) {
  return (await subscriberShapes(services, [one]))[0]!;
}

function subscriberShapes(services: Services, rows: readonly Subscriber[]) {
  return withExternal(services, 'subscriber', rows, ({ id }) => id, subscriberJson);
}

/** What the loop works from for a subscriber. @throws NotFound while they cannot come online */
async function entitledTo({ subscribers }: Services, id: number): Promise<Voucher> {
  await subscribers.find(id);
  const voucher = await subscribers.entitledTo(id);
  if (voucher) return voucher;
  throw new NotFound(
    say`Subscriber ${id} cannot come online: that takes a login, a password and a plan`,
  );
}

type Sent = { external_id?: unknown; metadata?: unknown } & {
  discountPercent?: number | undefined;
} & {
  [Name in keyof Omit<SubscriberDraft, 'discount'>]?: SubscriberDraft[Name] | undefined;
};

/** Without what was not sent. */
function draftOf({
  discountPercent,
  external_id: _,
  metadata: _values,
  ...sent
}: Sent): Partial<SubscriberDraft> {
  const discount = discountPercent === undefined ? undefined : Math.round(discountPercent * 100);
  const entries = Object.entries({ ...sent, discount });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
