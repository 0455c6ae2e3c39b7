import type { z } from 'zod';
import type { Scope as ShopScope } from '../../domain/shop/scope';
import type { Scope } from '../../store/staff/token-store';
import type { WebParts } from '../http/web-parts';

/** Of a path or a query: every value is sent as text. */
type Fields = z.ZodObject;

/** What a request brought, checked. */
export interface Given<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  /** Who the books say did it. */
  by: string;
  scope: Scope;
  /** The part of the shop the token is for. */
  within: ShopScope;
  /**
   * For operations with `ifMatch`: called inside the transaction that changes it, with what is there now.
   * @throws ChangedMeanwhile when that is not what the program read before
   */
  unchanged(present: unknown): void;
}

/** One thing that programs can ask for; its Express route and its part of the OpenAPI document come from this. */
export interface Operation {
  id: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below `/api/v1`, with parameters in braces. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  /** The least scope that may do it. */
  scope: Scope;
  /**
   * A token of one site may do it: what it reads and changes is of `within`. A `{mac}` or `{code}` of its path is,
   * whatever it does.
   */
  isOfSites?: true;
  params?: Fields;
  query?: Fields;
  body?: z.ZodType;
  /** Without one there is nothing to answer: 204. */
  answer?: z.ZodType;
  /** Of the answer; 200 if not given. */
  status?: 201;
  /** With 201: where what was made is, from its answer; below `/api/v1`. */
  location?: (answer: never) => string;
  /** Waits for a router, or takes many transactions. It does no harm when it is done again. */
  isLong?: true;
  /** The answer has an ETag, which a later change must send back. */
  etag?: true;
  /** Changes what somebody else may have changed meanwhile. */
  ifMatch?: true;
  /** The same object is answered again until it changes, so that its text is made once. */
  isKept?: true;
  run(parts: WebParts, given: Given<never, never, never>): Promise<unknown>;
}

type Read<T> = T extends z.ZodType ? z.output<T> : undefined;

/** Checks an operation against its own schemas, and forgets their types. */
export function operation<
  P extends Fields | undefined = undefined,
  Q extends Fields | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  A extends z.ZodType | undefined = undefined,
>(
  definition: Omit<Operation, 'params' | 'query' | 'body' | 'answer' | 'location' | 'run'> & {
    params?: P;
    query?: Q;
    body?: B;
    answer?: A;
    location?: A extends z.ZodType ? (answer: z.input<A>) => string : never;
    run(
      parts: WebParts,
      given: Given<Read<P>, Read<Q>, Read<B>>,
    ): Promise<A extends z.ZodType ? z.input<A> : void>;
  },
): Operation {
  return definition as unknown as Operation;
}
