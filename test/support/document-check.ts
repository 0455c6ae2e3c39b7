import { z } from 'zod';

/** Holds what really travels against the document that is served, as a client made from it would. */

interface Schema {
  $ref?: string;
  type?: string | string[];
  [key: string]: unknown;
}

interface Content {
  content?: Record<string, { schema: Schema }>;
}

interface DocumentedOperation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: Content;
  responses: Record<string, Content>;
}

interface ServedDocument {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components?: { schemas?: Record<string, Schema> };
}

/** One request with its answer. */
export interface Exchange {
  method: string;
  /** Below `/api/v1`, with the query. */
  path: string;
  sent: unknown;
  status: number;
  type: string | null;
  answered: unknown;
}

export class DocumentCheck {
  private readonly schemas = new Map<Schema, z.ZodType>();
  private readonly templates: { pattern: RegExp; methods: Record<string, DocumentedOperation> }[];

  constructor(private readonly document: ServedDocument) {
    this.templates = Object.entries(document.paths).map(([path, methods]) => ({
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
      methods,
    }));
  }

  /** @throws Error when the request was taken or the answer is other than the document says */
  check({ method, path, sent, status, type, answered }: Exchange): void {
    const [address, query] = path.split('?', 2) as [string, string | undefined];
    const found = this.templates.find(({ pattern }) => pattern.test(address));
    const operation = found?.methods[method.toLowerCase()];
    if (!operation) return;
    const { operationId, parameters = [], requestBody, responses } = operation;
    const response = responses[status];
    if (!response) throw new Error(`${operationId} answers ${status}, which is not documented`);
    const documented = Object.entries(response.content ?? {})[0];
    if (documented) {
      const [contentType, { schema }] = documented;
      if (type?.split(';')[0] !== contentType) throw new Error(`${operationId} answers ${type}`);
      this.hold(schema, answered, `${operationId} ${status}`);
    } else if (answered !== undefined) {
      throw new Error(`${operationId} ${status} has a body, which is not documented`);
    }
    if (status >= 300) return;
    if (requestBody) {
      this.hold(requestBody.content!['application/json']!.schema, sent, `${operationId} request`);
    }
    for (const [name, value] of new URLSearchParams(query)) {
      const parameter = parameters.find((one) => one.in === 'query' && one.name === name);
      if (!parameter) throw new Error(`${operationId} takes ${name}, which is not documented`);
      this.hold(parameter.schema, typed(value, parameter.schema), `${operationId} ${name}`);
    }
  }

  private hold(schema: Schema, value: unknown, what: string): void {
    let known = this.schemas.get(schema);
    if (!known) {
      known = z.fromJSONSchema(this.inlined(schema) as never);
      this.schemas.set(schema, known);
    }
    const { success, error } = known.safeParse(value);
    if (success) return;
    throw new Error(`${what}: ${JSON.stringify(error.issues)} in ${JSON.stringify(value)}`);
  }

  /** References point into the document, which a single schema does not have. */
  private inlined(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.inlined(one));
    if (typeof value !== 'object' || value === null) return value;
    const { $ref } = value as Schema;
    if ($ref !== undefined) {
      return this.inlined(this.document.components!.schemas![$ref.split('/').at(-1)!]);
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.inlined(one)]));
  }
}

/** A query has only texts. */
function typed(value: string, { type }: Schema): unknown {
  if (type === 'integer' || type === 'number') return Number(value);
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}
