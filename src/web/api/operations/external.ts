import { z } from 'zod';
import type { FieldChanges } from '../../../services/shop/external-fields';
import {
  NO_FIELDS,
  type ExternalFields,
  type ExternalKind,
} from '../../../store/shop/external-field-store';
import type { Services } from '../../../services/services';
import { text, word } from '../schemas';

const MOST_VALUES = 20;

/** What a program may send beside a voucher, a subscriber or a payment. */
export const externalBody = {
  external_id: word(100).nullable().optional().describe('Your id of it: no two have the same'),
  metadata: z
    .record(word(40), text(500))
    .refine((values) => Object.keys(values).length <= MOST_VALUES, 'has more than twenty values')
    .optional()
    .describe('Values of your own, twenty at most; they replace those there are'),
};

export const externalFilter = {
  external_id: word(100).optional().describe('The one that has this id of yours'),
};

export const externalAnswer = {
  external_id: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
};

interface Sent {
  external_id?: string | null | undefined;
  metadata?: Record<string, string> | undefined;
}

export function changesOf({ external_id: externalId, metadata }: Sent): FieldChanges {
  return { externalId, metadata };
}

export function externalShape({ externalId, metadata }: ExternalFields = NO_FIELDS) {
  return { external_id: externalId, metadata: { ...metadata } };
}

/** @returns `undefined` where none is asked for, `null` where there is none */
export async function oneCalled(
  { externalFields }: Services,
  kind: ExternalKind,
  theirs: string | undefined,
): Promise<string | undefined | null> {
  if (theirs === undefined) return undefined;
  return (await externalFields.subjectOf(kind, theirs)) ?? null;
}

/** Of what has a number. */
export function numberOf(subject: string | undefined): number | undefined {
  return subject === undefined ? undefined : Number(subject);
}

/** Each with what is kept beside it. */
export async function withExternal<T, S extends object>(
  { externalFields }: Services,
  kind: ExternalKind,
  rows: readonly T[],
  subjectOf: (row: T) => string | number,
  shape: (row: T) => S,
) {
  const fields = await externalFields.ofAll(kind, rows.map(subjectOf));
  return rows.map((row) => ({
    ...shape(row),
    ...externalShape(fields.get(String(subjectOf(row)))),
  }));
}
