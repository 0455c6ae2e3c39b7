import { z } from 'zod';
import { isoTime } from '../../../clock';
import { EVENT_NAMES } from '../../../domain/notices/event';
import type { ShownWebhook } from '../../../services/notices/webhooks';
import { operation } from '../operation';
import { count, idParams, pageOf, pageOfRows, paging, text, time } from '../schemas';

const TAG = 'Webhooks';

const webhook = z
  .object({
    id: z.int(),
    url: z.string(),
    events: z.array(z.enum(EVENT_NAMES)).nullable().describe('null: all of them'),
    failures: count.describe('In a row; 0 when the last message was taken'),
    lastError: z.string().nullable(),
    sentAt: time.nullable(),
    madeAt: time,
    madeBy: z.string(),
  })
  .meta({ id: 'Webhook' });

const fields = {
  url: text(500).min(1).describe('Where to post; https, or http in the shop’s own network'),
  events: z
    .array(z.enum(EVENT_NAMES))
    .min(1)
    .max(EVENT_NAMES.length)
    .nullable()
    .optional()
    .describe('null, or left out at first: all of them'),
};

const byNumber = {
  key: z.tuple([z.int()]),
  of: ({ id }: ShownWebhook): [number] => [id],
};

export const webhookOperations = [
  operation({
    id: 'listWebhooks',
    method: 'get',
    path: '/webhooks',
    tag: TAG,
    summary: 'Programs that are told of events',
    scope: 'admin',
    query: z.strictObject(paging),
    answer: pageOf(webhook),
    run: async ({ services }, { query }) => {
      const { items, next } = await pageOfRows(query, byNumber, await services.webhooks.list());
      return { items: items.map(shapeOf), next };
    },
  }),
  operation({
    id: 'addWebhook',
    method: 'post',
    path: '/webhooks',
    tag: TAG,
    summary: 'Tell a program of what happens from now on',
    description:
      'X-PisoNet-Signature is the HMAC-SHA256 of the body, by the secret of the webhook.',
    scope: 'admin',
    body: z.strictObject(fields),
    answer: webhook,
    status: 201,
    location: ({ id }) => `/webhooks/${id}`,
    run: async ({ services }, { body: { url, events = null }, by }) => {
      return shapeOf(
        await services.webhooks.find(await services.webhooks.add({ url, events }, by)),
      );
    },
  }),
  operation({
    id: 'getWebhook',
    method: 'get',
    path: '/webhooks/{id}',
    tag: TAG,
    summary: 'One of them, with how its delivery goes',
    scope: 'admin',
    params: idParams,
    answer: webhook,
    run: async ({ services }, { params }) => shapeOf(await services.webhooks.find(params.id)),
  }),
  operation({
    id: 'getWebhookSecret',
    method: 'get',
    path: '/webhooks/{id}/secret',
    tag: TAG,
    summary: 'The secret of its signatures, which is in no list and in no backup',
    scope: 'admin',
    params: idParams,
    answer: z.object({ secret: z.string() }),
    run: async ({ services }, { params }) => ({
      secret: await services.webhooks.secret(params.id),
    }),
  }),
  operation({
    id: 'changeWebhook',
    method: 'patch',
    path: '/webhooks/{id}',
    tag: TAG,
    summary: 'Another address, or other events; what waits is tried at once',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({ ...fields, url: fields.url.optional() }),
    answer: webhook,
    run: async ({ services }, { params, body, by }) =>
      shapeOf(await services.webhooks.change(params.id, body, by)),
  }),
  operation({
    id: 'removeWebhook',
    method: 'delete',
    path: '/webhooks/{id}',
    tag: TAG,
    summary: 'Tell it nothing any more; what waits is not sent',
    scope: 'admin',
    params: idParams,
    run: ({ services }, { params, by }) => services.webhooks.remove(params.id, by),
  }),
];

function shapeOf({ id, url, events, delivery, madeAt, madeBy }: ShownWebhook) {
  return {
    ...{ id, url, events, failures: delivery?.attempts ?? 0 },
    ...{ lastError: delivery?.lastError ?? null, sentAt: isoTime(delivery?.sentAt ?? null) },
    ...{ madeAt: madeAt.toISOString(), madeBy },
  };
}
