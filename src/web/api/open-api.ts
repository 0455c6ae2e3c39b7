import { OpenApiGeneratorV31, OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { Operation } from './operation';

const PROBLEM = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional().describe('Where in the body (RFC 6901)'),
          parameter: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });

const WHY: Record<number, string> = {
  400: 'The request cannot be read',
  401: 'No token, or not a valid one',
  403: 'The token has not the scope for it, or is of one site',
  404: 'There is no such thing',
  409: 'Its state does not allow this',
  412: 'Somebody else changed it meanwhile',
  413: 'The body is too long',
  415: 'The body is not application/json',
  422: 'The request has fields that cannot be used',
  428: 'If-Match is missing',
  429: 'Too many requests',
  502: 'The router refuses it',
  503: 'The router cannot be reached, or the books cannot be used now',
};

const OF_SITES = 'A token of one site may do it, for that site.';

const TEXT = { type: 'string' as const };
const SECONDS = { description: 'Seconds', schema: { type: 'integer' as const } };
/** Of each answer to a valid token (draft-ietf-httpapi-ratelimit-headers). */
const LIMITS = {
  'RateLimit-Policy': { description: 'Requests and seconds of a period', schema: TEXT },
  RateLimit: { description: 'What is left of them, and for how many seconds', schema: TEXT },
};
const WAITS: readonly number[] = [429, 503];

/** The OpenAPI 3.1 document of these operations. */
export function openApiDocument(operations: readonly Operation[]): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  for (const operation of operations) {
    const { id, method, path, tag, summary, scope, params, query, body } = operation;
    registry.registerPath({
      ...{ method, path, summary, operationId: id, tags: [tag] },
      description: [operation.description, operation.isOfSites && OF_SITES, `Scope: ${scope}.`]
        .filter(Boolean)
        .join(' '),
      security: [{ token: [] }],
      request: {
        ...(params && { params }),
        ...(query && { query }),
        ...(body && {
          body: { required: true, content: { 'application/json': { schema: body } } },
        }),
        headers: z.object(headersOf(operation)),
      },
      responses: {
        ...answerOf(operation),
        ...Object.fromEntries(
          problemsOf(operation).map((status) => [
            status,
            {
              description: WHY[status]!,
              headers: { ...LIMITS, ...(WAITS.includes(status) && { 'Retry-After': SECONDS }) },
              content: { 'application/problem+json': { schema: PROBLEM } },
            },
          ]),
        ),
      },
    });
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'PisoNet Manager',
      version: '1',
      description: 'For other programs of the shop. Money is in minor units, rates in bit/s.',
    },
    servers: [{ url: '/api/v1' }],
  });
}

function headersOf({ method, ifMatch, etag }: Operation): Record<string, z.ZodType> {
  return {
    ...(ifMatch && { 'If-Match': z.string().describe('ETag of what was read') }),
    ...(method === 'get' && etag && { 'If-None-Match': z.string().optional() }),
    ...(method === 'post' && {
      'Idempotency-Key': z
        .string()
        .max(100)
        .optional()
        .describe('A request sent again with the same key within 24 hours is done once'),
    }),
  };
}

function answerOf({ answer, status: made, etag, location }: Operation) {
  const status = made ?? 200;
  if (!answer) return { 204: { description: 'Done', headers: LIMITS } };
  const headers = {
    ...LIMITS,
    ...(etag && { ETag: { schema: TEXT } }),
    ...(location && { Location: { description: 'Where it is', schema: TEXT } }),
  };
  return {
    [status]: {
      description: made ? 'Made' : 'Done',
      content: { 'application/json': { schema: answer } },
      headers,
    },
    ...(etag && { 304: { description: 'Not changed', headers: LIMITS } }),
  };
}

function problemsOf({ params, query, body, method, ifMatch }: Operation): number[] {
  return [
    ...[400, 401, 403],
    ...(params || query || body ? [404] : []),
    ...(method === 'get' ? [] : [409]),
    ...(body ? [413, 415] : []),
    ...(ifMatch ? [412, 428] : []),
    ...[422, 429, 502, 503],
  ];
}
