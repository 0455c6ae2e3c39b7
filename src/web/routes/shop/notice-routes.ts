import type { Request, Response } from 'express';
import { BadValues } from '../../../errors';
import { say, joined, type Text } from '../../../text';
import type { ChannelState } from '../../../services/notices/notice-overview';
import { timeText } from '../../format/web-format';
import { param } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import type { StaffPages } from '../../staff/staff-pages';
import { flash, redirectWith } from '../../staff/staff-sessions';
import {
  SECTIONS,
  shownFields,
  typedFields,
  typedNotices,
  withFormLabel,
  type NoticeSection,
} from './notice-form';

const PAGE = '/admin/notices';

/** Who gets which notices, how, and whether they arrive. */
export function noticeRoutes(pages: StaffPages, { services }: WebParts): void {
  const { noticeOverview } = services;

  /** @param typed in place of what is set, by the names of the fields */
  async function page(typed: Record<string, string> = {}, message: Text | '' = '') {
    const settings = await noticeOverview.shown();
    const shown = { ...shownFields(settings, await noticeOverview.mailServer()), ...typed };
    const values = new Map(Object.entries(shown));
    const set = new Set<string>(settings.filter(({ isSet }) => isSet).map(({ key }) => key));
    if (set.has('SMTP_URL')) set.add('MAIL_PASSWORD');
    const channels = new Map((await noticeOverview.channels()).map((one) => [one.channel, one]));
    const broken = await noticeOverview.broken();
    const zone = services.shop.get().timeZone;
    return {
      message,
      broken: broken.map(({ key, why }) => withFormLabel({ name: key, problem: why })),
      sections: SECTIONS.map((section) => {
        const state = section.channel && channels.get(section.channel);
        const wrong = state ? state.trouble !== null : false;
        return {
          ...section,
          ...{ wrong, state: state ? stateText(state, zone) : settingText(section, values) },
          isOpen: wrong || isUsed(section, values, set) || isTyped(section, typed),
          fields: section.fields.map((one) => ({
            ...one,
            value: values.get(one.name) ?? '',
            isKept: one.type === 'password' && set.has(one.name),
          })),
        };
      }),
    };
  }

  /** @returns whether it was saved; if not, the page says why */
  async function save(req: Request, res: Response, by: string): Promise<boolean> {
    try {
      await noticeOverview.save(typedNotices(req), by);
      return true;
    } catch (error) {
      if (!(error instanceof BadValues)) throw error;
      const wrong = joined(error.values.map(withFormLabel));
      const shown = await page(typedFields(req), wrong);
      res.status(422).render('admin/shop/notices', shown);
      return false;
    }
  }

  pages.get('/notices', 'owner', async (_req, res) => {
    res.render('admin/shop/notices', await page());
  });

  pages.post('/notices', 'owner', async (req, res, me) => {
    if (await save(req, res, me.name)) redirectWith(req, res, PAGE, say`Saved.`);
  });

  // What was typed is saved first: nobody wants to test what was there before.
  pages.post('/notices/:channel/test', 'owner', async (req, res, me) => {
    if (!(await save(req, res, me.name))) return;
    const trouble = await noticeOverview.test(param(req, 'channel'), me.name);
    if (trouble) flash(req, 'bad', say`It did not arrive. ${trouble}.`);
    else flash(req, 'good', say`The test notice was sent. Check that it arrived.`);
    res.redirect(303, PAGE);
  });
}

function isUsed(
  { fields }: NoticeSection,
  values: ReadonlyMap<string, string>,
  set: ReadonlySet<string>,
): boolean {
  return fields.some(({ name }) => set.has(name) || (values.get(name) ?? '') !== '');
}

function isTyped({ fields }: NoticeSection, typed: Record<string, string>): boolean {
  return fields.some(({ name }) => name in typed);
}

/** What is set, in a word, of a section that sends nothing itself. */
function settingText({ fields }: NoticeSection, values: ReadonlyMap<string, string>): string {
  const [{ name, choices } = SECTIONS[0]!.fields[0]!] = fields;
  const value = values.get(name) ?? '';
  if (choices) return choices[value] ?? value;
  return value === '' ? 'none' : `${value}–${values.get(fields[1]!.name)}`;
}

function stateText(state: ChannelState, timeZone: string): string {
  if (!state.isSetUp) return state.trouble ?? 'not set up';
  const { waiting, trouble, failingSince, nextAt, sentAt } = state;
  if (trouble) {
    const next = nextAt ? `; tried again at ${timeText(nextAt, timeZone)}` : '';
    return `${trouble}. Failing since ${timeText(failingSince, timeZone)}, ${waiting} waiting${next}`;
  }
  const last = sentAt ? `last sent ${timeText(sentAt, timeZone)}` : 'no notice sent yet';
  return waiting > 0 ? `${last}; ${waiting} waiting` : last;
}
