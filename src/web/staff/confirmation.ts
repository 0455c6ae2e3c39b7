import type { Request, Response } from 'express';
import { field } from '../http/forms';

interface Question {
  title: string;
  /** What will happen, in a sentence. */
  text: string;
  /** The word on the button: a verb, not "OK". */
  button: string;
  /** The page for somebody who changes their mind. */
  back: string;
}

/**
 * True once somebody said yes. Before that it answers the request with the question, and a form that
 * sends everything once more; so it works without script.
 */
export function isConfirmed(req: Request, res: Response, question: Question): boolean {
  if (field(req, 'confirmed') === 'yes') return true;
  const fields = Object.entries((req.body ?? {}) as Record<string, unknown>)
    .filter(([name]) => !['_csrf', 'confirmed'].includes(name))
    .flatMap(([name, value]) => [value].flat().map((one) => ({ name, value: String(one) })));
  res.render('admin/confirm', { ...question, action: req.originalUrl, fields });
  return false;
}
