import SwaggerParser from '@apidevtools/swagger-parser';
import { OPERATIONS } from '../../src/web/api/operations';
import { ApiShop } from '../support/api-shop';
import { browserOfTests } from '../support/browser/browser';

jest.setTimeout(60_000);

const browser = browserOfTests();
let api: ApiShop;
beforeAll(async () => {
  api = await ApiShop.open();
});
afterAll(() => api.close());

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; description: string }>>;
}

async function document(): Promise<Document> {
  const { status, body } = await api.get('/openapi.json', { token: null });
  expect(status).toBe(200);
  return body as Document;
}

test('the document is valid OpenAPI 3.1, and has every operation with its scope', async () => {
  const found = await document();
  expect(found.openapi).toBe('3.1.0');
  await SwaggerParser.validate(structuredClone(found) as never);
  const listed = Object.entries(found.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, description }]) => ({
      ...{ id: operationId, method, path },
      scope: /Scope: (\w+)\.$/.exec(description)?.[1],
    })),
  );
  const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
  expect(listed.sort(byId)).toEqual(
    OPERATIONS.map(({ id, method, path, scope }) => ({ id, method, path, scope })).sort(byId),
  );
});

test('the headers that answers carry are in the document', async () => {
  const { paths } = (await document()) as unknown as {
    paths: Record<string, Record<string, { responses: Record<string, { headers?: object }> }>>;
  };
  const [listed, made] = [
    await api.get('/subscribers'),
    await api.post('/subscribers', { name: 'Ana' }),
  ];
  for (const [answer, method, status] of [
    [listed, 'get', '200'],
    [made, 'post', '201'],
  ] as const) {
    const told = Object.keys(paths['/subscribers']![method]!.responses[status]!.headers ?? {});
    const ours = [...answer.headers.keys()].filter((name) =>
      /^(ratelimit.*|location|etag)$/.test(name),
    );
    expect(told.map((name) => name.toLowerCase()).sort()).toEqual(ours.sort());
  }
  for (const status of ['429', '503']) {
    const { headers } = paths['/subscribers']!.get!.responses[status]!;
    expect(headers).toHaveProperty('Retry-After');
  }
});

test('a browser shows it from this server alone, and nothing is refused by its policy', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  const asked = new Set<string>();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  await page.goto(`${api.origin}/api/v1/docs`);
  await page.getByText('Plans, in the order of the price list').waitFor();
  await page.locator('#operations-Vouchers-makeVouchers').click();
  await page.getByText('Idempotency-Key').first().waitFor();
  expect(complaints).toEqual([]);
  expect([...asked].filter((origin) => origin.startsWith('http'))).toEqual([api.origin]);
  await context.close();
});
