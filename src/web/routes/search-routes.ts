import type { Response } from 'express';
import type { Role } from '../../store/staff/account-store';
import { query } from '../http/forms';
import type { WebParts } from '../http/web-parts';
import type { StaffPages } from '../staff/staff-pages';
import { answersFor, StaffSearch } from '../staff/staff-search';

const LONGEST_TEXT = 60;

/** Finding anything, and the answers to what people ask most. */
export function searchRoutes(pages: StaffPages, { services }: WebParts): void {
  const search = new StaffSearch(services);

  pages.get('/search', 'viewer', async (req, res) => {
    const text = query(req, 'q').slice(0, LONGEST_TEXT);
    res.render('admin/search', { text, groups: await search.find(res, text) });
  });

  pages.get('/help', 'viewer', (_req, res: Response) => {
    res.render('admin/help', { jobs: answersFor(res.locals.may as (role: Role) => boolean) });
  });
}
