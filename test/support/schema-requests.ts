import fc from 'fast-check';

/** Makes requests from an OpenAPI document, most of them as it says, some not. */

export interface SchemaRequest {
  id: string;
  method: string;
  /** With the query. */
  path: string;
  body: unknown;
}

/** Part of JSON Schema, as far as our document uses it. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema: Schema;
}

interface DocumentedOperation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

export interface ApiDocument {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, Schema> };
}

/** Values that mean something in the shop that is asked, by the name of the field. */
export type Known = Record<string, fc.Arbitrary<unknown>>;

const ANYTHING = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', ' ', '\0', "'; drop table vouchers; --", '__proto__', '../..', '%', '９'),
  fc.constantFrom(0, -1, 1.5, 1e300, -1e300, Number.MAX_SAFE_INTEGER, 2_147_483_648),
  fc.constantFrom(null, true, [], {}, [[]], { a: 1 }),
  fc.integer(),
);

/** Every operation of the document as often as the others. */
export function requestsOf(document: ApiDocument, known: Known): fc.Arbitrary<SchemaRequest> {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      requestOf(document, known, method.toUpperCase(), path, operation),
    ),
  );
  return fc.oneof(...all);
}

function requestOf(
  document: ApiDocument,
  known: Known,
  method: string,
  path: string,
  { operationId: id, parameters = [], requestBody }: DocumentedOperation,
): fc.Arbitrary<SchemaRequest> {
  const value = (name: string, schema: Schema) =>
    sometimesWrong(valueOf(document, known, schema, name));
  const of = (place: Parameter['in']) =>
    parameters
      .filter((one) => one.in === place)
      .map(({ name, schema }) => [name, value(name, schema)] as const);
  const schema = requestBody?.content['application/json'].schema;
  return fc
    .record({
      params: fc.record(Object.fromEntries(of('path'))),
      query: fc.record(Object.fromEntries(of('query')), { requiredKeys: [] }),
      body: schema ? value('', schema) : fc.constant(undefined),
    })
    .map(({ params, query, body }) => ({
      ...{ id, method, body },
      path: filled(path, params) + queryText(query),
    }));
}

function sometimesWrong(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 19, arbitrary: right }, { weight: 1, arbitrary: ANYTHING });
}

function valueOf(
  document: ApiDocument,
  known: Known,
  schema: Schema,
  name: string,
): fc.Arbitrary<unknown> {
  const own = Object.hasOwn(known, name) ? known[name] : undefined;
  const made = madeOf(document, known, schema, name);
  return own ? fc.oneof({ weight: 5, arbitrary: own }, { weight: 1, arbitrary: made }) : made;
}

function madeOf(
  document: ApiDocument,
  known: Known,
  schema: Schema,
  name: string,
): fc.Arbitrary<unknown> {
  if (schema.$ref) {
    const target = document.components.schemas[schema.$ref.split('/').at(-1)!]!;
    return valueOf(document, known, target, name);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) {
    return fc.oneof(...schema.anyOf.map((one) => madeOf(document, known, one, name)));
  }
  const types = [schema.type ?? 'null'].flat();
  return fc.oneof(...types.map((type) => ofType(type, document, known, schema)));
}

function ofType(
  type: string,
  document: ApiDocument,
  known: Known,
  schema: Schema,
): fc.Arbitrary<unknown> {
  const { minimum: min = -1_000_000, maximum: max = 1_000_000_000 } = schema;
  switch (type) {
    case 'object':
      return ofObject(document, known, schema);
    case 'array':
      return fc.array(madeOf(document, known, schema.items!, ''), {
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'string':
      return ofString(schema);
    case 'integer':
      return fc.oneof(
        fc.integer({ min, max: Math.min(max, min + 20) }),
        fc.maxSafeInteger().map((n) => min + (Math.abs(n) % (max - min + 1))),
      );
    case 'number':
      return fc.double({ min, max, noNaN: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constant(null);
  }
}

function ofObject(
  document: ApiDocument,
  known: Known,
  { properties = {}, required = [] }: Schema,
): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(
    ([name, one]) => [name, sometimesWrong(valueOf(document, known, one, name))] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: required as never[] });
}

function ofString({ format, pattern, minLength = 0, maxLength = 40 }: Schema) {
  if (format === 'date-time') {
    return fc.date({ noInvalidDate: true, min: new Date(0) }).map((at) => at.toISOString());
  }
  if (format === 'date') return dayText();
  if (format === 'ipv4') return fc.ipV4();
  if (pattern?.includes('0-9A-Fa-f')) return macText();
  const length = { minLength, maxLength: Math.min(maxLength, 60) };
  return fc.oneof(fc.string(length), fc.string({ ...length, unit: 'grapheme' }));
}

function dayText() {
  const ends = { min: new Date('2026-10-01'), max: new Date('2027-12-31'), noInvalidDate: true };
  return fc.date(ends).map((at) => at.toISOString().slice(0, 10));
}

function macText() {
  const byte = fc.integer({ min: 0, max: 255 }).map((n) => n.toString(16).padStart(2, '0'));
  return fc.array(byte, { minLength: 6, maxLength: 6 }).map((bytes) => bytes.join(':'));
}

function filled(path: string, params: Record<string, unknown>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const part = encoded(params[name]);
    // It would be another address before it is sent.
    return /^\.{0,2}$/.test(part) ? 'dots' : part;
  });
}

function queryText(query: Record<string, unknown>): string {
  const parts = Object.entries(query).map(([name, value]) => `${name}=${encoded(value)}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Without lone surrogates, which no address can have.
  return encodeURIComponent(Buffer.from(text).toString());
}
