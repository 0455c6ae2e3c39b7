import type { z } from 'zod';
import { InvalidInput } from '../../errors';
import { fieldProblems, InvalidRequest } from './problems';

/**
 * The bytes whose signature was right, as what they have to be.
 * @throws InvalidRequest naming each field that cannot be used, InvalidInput when it is no JSON
 */
export function readBody<S extends z.ZodType>(shape: S, body: Buffer): z.infer<S> {
  const { success, data, error } = shape.safeParse(parseBody(body));
  if (success) return data;
  throw new InvalidRequest(fieldProblems(error, 'body'));
}

/** @throws InvalidInput when it is no JSON */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new InvalidInput('The body is no JSON');
  }
}
