import type { Request } from 'express';
import { InvalidInput } from '../../errors';
import { say } from '../../text';

const LONGEST_FIELD = 2_000;

/** A field of the form, trimmed; empty when it is missing or not text. */
export function field(req: Request, name: string): string {
  return textOf(bodyOf(req)[name]).trim();
}

/** Several of them, by their names. */
export function fields<Name extends string>(
  req: Request,
  ...names: readonly Name[]
): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, field(req, name)])) as Record<Name, string>;
}

/** A field exactly as typed: passwords may begin with a space. */
export function exactField(req: Request, name: string): string {
  return textOf(bodyOf(req)[name]);
}

/** Whether the form has the field at all, empty or not. */
export function hasField(req: Request, name: string): boolean {
  return name in bodyOf(req);
}

/** A whole text, such as a list of codes. */
export function longField(req: Request, name: string): string {
  const value = bodyOf(req)[name];
  return typeof value === 'string' ? value : '';
}

/** All values of a field that may occur several times, such as checked boxes. */
export function fieldList(req: Request, name: string): string[] {
  const value = bodyOf(req)[name];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map(textOf).filter((text) => text !== '');
}

/** A parameter of the query string. */
export function query(req: Request, name: string): string {
  return textOf(req.query[name]).trim();
}

/** A page number of the query string, from 1. */
export function pageNumber(req: Request): number {
  const number = Number(query(req, 'page'));
  return Number.isInteger(number) && number > 0 && number < 1_000_000 ? number : 1;
}

/** A part of the path, such as a code. */
export function param(req: Request, name: string): string {
  return textOf(req.params[name]);
}

/** An id in the path; one that is not a number matches nothing. */
export function idParam(req: Request, name: string): number {
  const id = Number(param(req, name));
  return Number.isSafeInteger(id) ? id : 0;
}

/** @throws InvalidInput naming the field, for anything but a whole number above zero */
export function wholeNumber(typed: string, name: string): number {
  const number = Number(typed);
  if (/^\d{1,9}$/.test(typed) && number > 0) return number;
  throw new InvalidInput(say`${name}: ${JSON.stringify(typed)} is not a whole number above zero`);
}

function bodyOf(req: Request): Record<string, unknown> {
  return (req.body as Record<string, unknown> | undefined) ?? {};
}

/** Parameters come as text, lists or nothing; a number is what JSON makes of one. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.slice(0, LONGEST_FIELD) : '';
}
