import { createHash } from 'node:crypto';
import { IANAZone } from 'luxon';
import { z } from 'zod';
import type { Clock } from '../../clock';
import { parseColor } from '../../domain/shop/color';
import { imageType } from '../../domain/shop/image-type';
import { ShopCalendar } from '../../domain/shop/shop-calendar';
import { isOneLine, parseCurrency } from '../../domain/units';
import { checkCodeLength, parsePrefix } from '../../domain/vouchers/voucher-code';
import { InvalidInput } from '../../errors';
import type { ShopFile } from '../../store/shop/shop-file-store';
import type { Stores } from '../../store/stores';
import {
  SLIP_FORMATS,
  SLIP_PARTS,
  type SlipFormat,
  type SlipPart,
} from '../vouchers/slip-template';

/** What the environment says; applies until the owner changes it. */
export interface ShopDefaults {
  name: string;
  currency: string;
  /** IANA name. */
  timeZone: string;
}

/** Reread each time it is used: the owner may have changed it. */
export type LiveShop = Readonly<ShopDefaults>;

/** The shop as its owner wants it. */
export interface Shop extends ShopDefaults {
  /** The language customers see first; `null` follows their phone. */
  language: string | null;
  /** `#rrggbb`; `null` for our default. */
  accent: string | null;
  /** Prefix for the codes of new vouchers, unless the order has its own; empty for none. */
  codePrefix: string;
  /** Random characters of new codes; `null` for as many as are safe. */
  codeLength: number | null;
  /** Whom customers call, and when: a phone number and what else fits a line; empty for none. */
  phone: string;
  /** A line of the owner's at the top of the portal; empty for none. */
  banner: string;
  /** The network customers connect to, for slips; empty if not told. */
  wifiName: string;
  /** The last line of a slip; empty for none. */
  slipFooter: string;
  slipHides: readonly SlipPart[];
  /** The paper on which a sale at the counter prints at once; `null` shows the code first. */
  sellPrints: SlipFormat | null;
  /** Whether some customers pay by the month; `null` if nobody said, and the books tell. */
  monthly: boolean | null;
  /** Changes with the picture, for its address; `null` if there is none. */
  logo: string | null;
}

/** As typed; empty falls back to the environment, or to nothing. */
export type ShopForm = Record<(typeof SHOP_FIELDS)[number], string>;
export type ShopProblems = Partial<Record<keyof ShopForm | 'logo', string>>;

const SHOP_FIELDS = [
  'name',
  'currency',
  'timeZone',
  'language',
  'accent',
  'codePrefix',
  'codeLength',
  'phone',
  'banner',
  'wifiName',
  'slipFooter',
  'slipHides',
  'monthly',
  'sellPrints',
] as const;
/** A form that leaves all as it is. */
export const NOTHING_TYPED = Object.fromEntries(SHOP_FIELDS.map((name) => [name, ''])) as ShopForm;
const LOGO = 'logo';
const STORED = 'shop.';
/** Another process may have changed them; a page may be this old. */
const FRESH_MS = 2_000;

const optional = (read: (typed: string) => string) =>
  z
    .string()
    .trim()
    .transform((typed, context) => (typed === '' ? '' : attempt(() => read(typed), context)));

const line = (most: number) =>
  z
    .string()
    .trim()
    .max(most, `is too long: at most ${most} letters`)
    .refine(isOneLine, 'holds a control character');

const FORM = z.object({
  name: line(60),
  phone: line(60),
  banner: line(120),
  wifiName: line(32),
  slipFooter: line(80),
  /** Names with spaces between them. */
  slipHides: z
    .string()
    .refine((typed) => parts(typed).length === words(typed).length, 'names no part of a slip'),
  sellPrints: z.enum(['', ...SLIP_FORMATS], 'is no paper we know'),
  monthly: z.enum(['', 'yes', 'no'], 'is neither yes nor no'),
  currency: optional(parseCurrency),
  timeZone: optional((typed) => {
    if (/^[a-z]/i.test(typed) && IANAZone.isValidZone(typed)) return typed;
    throw new InvalidInput('is not a time zone; write its IANA name, like Asia/Manila');
  }),
  language: z.string().regex(/^([a-z]{2,3})?$/, 'is not a language'),
  accent: optional(parseColor),
  codePrefix: optional(parsePrefix),
  codeLength: optional((typed) => String(checkCodeLength(Number(typed)))),
});

/**
 * What the owner may change while the shop is open: name, logo, color, currency, time zone, codes. Kept in
 * the database, so that commands beside the server see it too.
 */
export class ShopSettings {
  private present: Shop;
  private readAt = -Infinity;
  private days: ShopCalendar | undefined;

  /** For parts that outlive a change of the settings. */
  readonly live: LiveShop = liveShop(this);

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    readonly defaults: Readonly<ShopDefaults>,
  ) {
    this.present = toShop({}, defaults);
  }

  /** As last read; call `refresh` first if a change by another process matters. */
  get(): Shop {
    return this.present;
  }

  /** The shop's days and hours, by its present clock. */
  calendar(): ShopCalendar {
    const { timeZone } = this.present;
    if (this.days?.zone !== timeZone) this.days = new ShopCalendar(timeZone);
    return this.days;
  }

  /** Rereads them when they are some seconds old. */
  async refresh(): Promise<Shop> {
    if (this.clock.elapsedMs() - this.readAt < FRESH_MS) return this.present;
    return this.read();
  }

  /** The values in the form: only what was set here. */
  async form(): Promise<ShopForm> {
    const stored = await this.stored();
    return Object.fromEntries(
      SHOP_FIELDS.map((field) => [field, stored[field] ?? '']),
    ) as unknown as ShopForm;
  }

  /** All of it or, when something is wrong, nothing. @returns what is wrong, by field */
  async save(
    typed: ShopForm,
    logo: { content: Buffer } | 'keep' | 'remove',
    by: string,
  ): Promise<ShopProblems> {
    const read = FORM.safeParse(typed);
    const wrong: ShopProblems = {};
    for (const { path, message } of read.error?.issues ?? []) {
      wrong[path[0] as keyof ShopForm] ??= message;
    }
    const picture = typeof logo === 'object' ? readPicture(logo.content, wrong) : undefined;
    if (!read.success || Object.keys(wrong).length > 0) return wrong;
    const before = await this.stored();
    const after: Record<string, string> = { ...read.data, [LOGO]: before[LOGO] ?? '' };
    if (picture)
      after[LOGO] = createHash('sha256').update(picture.content).digest('hex').slice(0, 12);
    if (logo === 'remove') after[LOGO] = '';
    await this.write(before, after, picture, by);
    return {};
  }

  /** What is stored and not used, since this version would not accept it: by field, as on the form. */
  async refused(): Promise<ShopProblems> {
    return soundOnes(await this.stored()).wrong;
  }

  /** Identified by its bytes here too, so that nothing in the books can become a page of ours. */
  async logo(): Promise<ShopFile | undefined> {
    const file = await this.stores.files.find(LOGO);
    return file && readPicture(file.content, {});
  }

  private async write(
    before: Record<string, string>,
    after: Record<string, string>,
    picture: ShopFile | undefined,
    by: string,
  ): Promise<void> {
    const changed = Object.keys(after).filter((name) => after[name] !== (before[name] ?? ''));
    if (changed.length === 0) return;
    const at = this.clock.now();
    await this.stores.transaction(async ({ settings, files, journal }) => {
      for (const name of changed) await settings.set(STORED + name, after[name]!);
      if (picture) await files.save(LOGO, picture);
      else if (after[LOGO] === '') await files.remove(LOGO);
      const detail = { before: only(changed, before), after: only(changed, after) };
      await journal.audit([{ at, who: by, what: 'settings changed', subject: 'shop', detail }]);
    });
    await this.read();
  }

  private async read(): Promise<Shop> {
    this.readAt = this.clock.elapsedMs();
    this.present = toShop(await this.stored(), this.defaults);
    return this.present;
  }

  private async stored(): Promise<Record<string, string>> {
    const all = Object.entries(await this.stores.settings.all());
    const ours = all.filter(([name]) => name.startsWith(STORED));
    return Object.fromEntries(ours.map(([name, value]) => [name.slice(STORED.length), value]));
  }
}

/**
 * The books may hold what another version accepted, or someone wrote by hand: each setting is checked as on
 * the form, and an invalid one counts as not set.
 */
function soundOnes(stored: Readonly<Record<string, string>>) {
  const sound: Record<string, string> = {};
  const wrong: ShopProblems = {};
  for (const [name, value] of Object.entries(stored)) {
    const field = SHOP_FIELDS.find((one) => one === name);
    const read = field ? FORM.shape[field].safeParse(value) : undefined;
    if (!read || read.success) sound[name] = value;
    else wrong[field!] = read.error.issues[0]!.message;
  }
  return { sound, wrong };
}

function toShop(all: Readonly<Record<string, string>>, defaults: ShopDefaults): Shop {
  const stored = soundOnes(all).sound;
  return {
    name: stored.name ?? defaults.name,
    currency: stored.currency ?? defaults.currency,
    timeZone: stored.timeZone ?? defaults.timeZone,
    language: stored.language ?? null,
    accent: stored.accent ?? null,
    codePrefix: stored.codePrefix ?? '',
    codeLength: stored.codeLength === undefined ? null : Number(stored.codeLength),
    phone: stored.phone ?? '',
    banner: stored.banner ?? '',
    wifiName: stored.wifiName ?? '',
    slipFooter: stored.slipFooter ?? '',
    slipHides: parts(stored.slipHides ?? ''),
    sellPrints: SLIP_FORMATS.find((format) => format === stored.sellPrints) ?? null,
    monthly: stored.monthly ? stored.monthly === 'yes' : null,
    logo: stored[LOGO] ?? null,
  };
}

function words(typed: string): string[] {
  return typed.split(' ').filter((word) => word !== '');
}

function parts(typed: string): SlipPart[] {
  return words(typed).flatMap((word) => SLIP_PARTS.find((part) => part === word) ?? []);
}

function readPicture(content: Buffer, wrong: ShopProblems): ShopFile | undefined {
  try {
    return { type: imageType(content), content };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    wrong.logo = error.message;
    return undefined;
  }
}

function only(names: readonly string[], values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, values[name] ?? '']));
}

function attempt(read: () => string, context: z.RefinementCtx): string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
}

function liveShop(settings: Pick<ShopSettings, 'get'>): LiveShop {
  return {
    get name() {
      return settings.get().name;
    },
    get currency() {
      return settings.get().currency;
    },
    get timeZone() {
      return settings.get().timeZone;
    },
  };
}
