import type { Response } from 'express';
import { WHOLE_SHOP } from '../../domain/shop/scope';
import { parseMac, type Mac } from '../../domain/units';
import type { Role } from '../../store/staff/account-store';
import { planStateText, voucherStateText } from '../../format/state-text';
import { staffText } from '../http/languages';
import type { WebParts } from '../http/web-parts';
import { hiding, maySeeCodes } from './hidden-codes';
import { HOW_TO, type HowTo } from './how-to';
import { pagesFor } from './places';

/** Of each kind; the kind's own page lists all. */
const MOST = 8;
/** Of the devices of one voucher. */
const MOST_NAMES = 3;

interface Found {
  name: string;
  note: string;
  /** What people wrote, and was found by: shown as it is. */
  written?: string | undefined;
  href: string;
}

/** What was found of one kind. */
export interface FoundGroup {
  title: string;
  found: Found[];
  /** How many others there are, and where. */
  more?: { count: number; href: string } | undefined;
}

type May = (role: Role) => boolean;

/** One search over everything that has a page, for this reader: what they may not open is not found. */
export class StaffSearch {
  constructor(private readonly services: WebParts['services']) {}

  /** @param text as typed; nothing is found for an empty one */
  async find(res: Response, text: string): Promise<FoundGroup[]> {
    if (text === '') return [];
    const may = res.locals.may as May;
    const groups = [
      await this.vouchers(res, text),
      { title: 'Devices', found: await this.devices(text) },
      { title: 'Plans', found: await this.plans(text, may) },
      { title: 'Subscribers', found: may('operator') ? await this.subscribers(text) : [] },
      { title: 'Staff', found: may('owner') ? await this.staff(text) : [] },
      { title: 'Pages', found: pagesCalled(text, may) },
      { title: 'How do I …', found: answersTo(text, may) },
    ];
    return groups.filter(({ found }) => found.length > 0);
  }

  private async vouchers(res: Response, text: string): Promise<FoundGroup> {
    const { deviceNames, vouchers, voucherSearches } = this.services;
    const wanted = { text: macOf(text) ?? text, hidesOpen: !maySeeCodes(res) };
    const search = { scope: WHOLE_SHOP, ...wanted };
    const { codes, total } = await voucherSearches.page(search, { limit: MOST, offset: 0 });
    const notes = await voucherSearches.notesWith(text, codes);
    const hide = await hiding(res, vouchers, [...codes, ...notes.values()]);
    const names = await deviceNames.ofVouchers(codes);
    const t = staffText(res);
    const found = (await vouchers.findAll(codes)).map((voucher) => {
      const { code, planName } = voucher;
      const isHidden = hide(code) !== code;
      const href = isHidden ? '/admin/vouchers' : `/admin/vouchers/${code}`;
      const called = (names.get(code) ?? []).slice(0, MOST_NAMES);
      const note = [planName ?? '', t(voucherStateText(voucher)), ...called].join(', ');
      return { name: hide(code), note, written: hide(notes.get(code) ?? ''), href };
    });
    const href = `/admin/vouchers?q=${encodeURIComponent(text)}`;
    const count = total - codes.length;
    return { title: 'Vouchers', found, more: count > 0 ? { count, href } : undefined };
  }

  private async staff(text: string): Promise<Found[]> {
    const all = (await this.services.accounts.list()).filter(({ name }) => includes(name, text));
    return all.slice(0, MOST).map(({ name, role }) => ({ name, note: role, href: '/admin/staff' }));
  }

  private async devices(text: string): Promise<Found[]> {
    const { deviceNames } = this.services;
    const mac = macOf(text);
    const macs = mac ? [mac] : (await deviceNames.find(text)).slice(0, MOST);
    const names = await deviceNames.of(macs);
    return macs.map((one) => ({
      name: names.get(one) ?? one,
      note: one,
      href: `/admin/bandwidth/${one}`,
    }));
  }

  private async plans(text: string, may: May): Promise<Found[]> {
    const all = (await this.services.plans.list()).filter(({ name }) => includes(name, text));
    return all.slice(0, MOST).map((plan) => ({
      name: plan.name,
      note: planStateText(plan),
      href: may('owner') ? `/admin/plans/${encodeURIComponent(plan.name)}` : '/admin/plans',
    }));
  }

  private async subscribers(text: string): Promise<Found[]> {
    const all = (await this.services.subscribers.list()).filter(({ name, contact, login }) =>
      [name, contact, login ?? ''].some((part) => includes(part, text)),
    );
    return all.slice(0, MOST).map(({ id, name, status }) => ({
      name,
      note: status,
      href: `/admin/subscribers/${id}`,
    }));
  }
}

/** The answers for this reader, by job. */
export function answersFor(may: May): { job: string; all: HowTo[] }[] {
  return HOW_TO.map(({ job, all }) => ({ job, all: all.filter(({ role }) => may(role)) })).filter(
    ({ all }) => all.length > 0,
  );
}

function answersTo(text: string, may: May): Found[] {
  const words = text.toLowerCase().split(/\s+/);
  const all = answersFor(may).flatMap((group) => group.all);
  const found = all.filter(({ question, answer, words: more = '' }) => {
    const known = `how do i ${question} ${answer} ${more}`.toLowerCase();
    return words.every((word) => known.includes(word));
  });
  return found.map(({ id, question, answer }) => ({
    name: `How do I ${question}`,
    note: answer,
    href: `/admin/help#${id}`,
  }));
}

function pagesCalled(text: string, may: May): Found[] {
  const found = pagesFor(may).filter(({ name }) => includes(name, text));
  return found.map(({ name, place, href }) => ({ name, note: place, href }));
}

function includes(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

/** In any spelling. */
function macOf(text: string): Mac | undefined {
  try {
    return parseMac(text);
  } catch {
    return undefined;
  }
}
