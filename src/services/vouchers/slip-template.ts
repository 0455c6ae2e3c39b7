import { toString as toQrCode } from 'qrcode';
import { catalogOf } from '../../format/catalog';
import { summaryIn, summaryLine, summaryOf } from '../../format/plan-summary';
import { formatShortMoney } from '../../domain/units';
import type { Plan } from '../../domain/plans/plan';
import type { Voucher } from '../../domain/vouchers/voucher';

/** An A4 sheet holds 21 slips, or 40 small ones without a QR code. */
export const SLIP_FORMATS = ['a4', 'a4-small', '58mm', '80mm'] as const;
export type SlipFormat = (typeof SLIP_FORMATS)[number];

/** What an owner may leave out; shop, price, time and code are on every slip. */
export const SLIP_PARTS = ['qr', 'steps', 'terms', 'origin'] as const;
export type SlipPart = (typeof SLIP_PARTS)[number];

/** What all slips of a shop share. */
export interface SlipTemplate {
  shopName: string;
  /** The address of a picture. */
  logo?: string | undefined;
  /** The network to connect to; empty if the owner did not say. */
  wifiName: string;
  /** The last line; empty for none. */
  footer: string;
  hides: readonly SlipPart[];
  /** Of its buyers, such as `fil`. */
  language: string;
}

/** What a printed slip says. */
export interface Slip {
  /** In groups of four, to be read aloud. */
  code: string;
  plan: string;
  price: string;
  /** How long, in words. */
  time: string;
  /** What it gives, as in the portal's price list. */
  summary: string;
  /** The same but for its time. */
  gives: string;
  /** SVG that opens the portal with the code filled in; empty if the portal's address is unknown. */
  qr: string;
  /** Where the code is typed: an address without `http://`; empty if unknown. */
  address: string;
  /** `batch 2, 7 of 20 · Ana`: for the shop, when a slip is brought back. */
  origin: string;
}

type SlipFacts = Pick<Voucher, 'batchId' | 'code' | 'createdBy' | 'planName' | 'seller' | 'terms'>;

/** White around a QR code, in its modules: the standard asks for four, or cameras miss it. */
const QUIET_ZONE = 4;
/** What stands before the name of a computer's user: no buyer knows them. */
const TERMINAL = 'cli:';
const SAMPLE_CODE = 'SAMPLE01';

/**
 * @param serial `7 of 20`; empty if it is the only one of its batch
 * @param language of its buyer
 */
export async function slipOf(
  { batchId, code, createdBy, planName, seller, terms }: SlipFacts,
  portalUrl: string | undefined,
  serial = '',
  language = 'en',
): Promise<Slip> {
  const link = portalUrl && `${portalUrl}/portal?code=${encodeURIComponent(code)}`;
  const t = catalogOf(language);
  const words = summaryIn(t);
  const { time, speed, data, devices } = summaryOf(terms, words);
  return {
    code: code.replaceAll(/(.{4})(?=.)/g, '$1 '),
    plan: planName,
    price: formatShortMoney(terms.price),
    time,
    summary: summaryLine(terms, words),
    gives: joined(' · ', [speed, data, devices]),
    qr: link ? await toQrCode(link, { type: 'svg', margin: QUIET_ZONE }) : '',
    address: portalUrl ? `${portalUrl.replace(/^https?:\/\//, '')}/portal` : '',
    origin: joined(' · ', [
      batchId === null ? '' : joined(', ', [t(`batch ${batchId}`), t(serial)]),
      seller ?? (createdBy.startsWith(TERMINAL) ? '' : createdBy),
    ]),
  };
}

/** Its code can be nobody's: it has letters that no code of ours has. */
export async function sampleSlip(
  { name, terms }: Pick<Plan, 'name' | 'terms'>,
  portalUrl: string | undefined,
  language: string,
): Promise<Slip> {
  const voucher = {
    code: SAMPLE_CODE,
    planName: name,
    terms,
    batchId: 7,
    createdBy: '',
    seller: 'Ana',
  };
  return slipOf(voucher, portalUrl, '12 of 40', language);
}

/** What a seller sends to a customer: the code, what it gives and where to type it. */
export function shareText(
  { code, price, summary }: Slip,
  shopName: string,
  portalUrl: string | undefined,
): string {
  const plain = code.replaceAll(' ', '');
  const where = portalUrl ? `\n${portalUrl}/portal?code=${encodeURIComponent(plain)}` : '';
  return `${shopName} Wi-Fi, ${price}: ${summary}\nCode: ${code}${where}`;
}

/**
 * A self-contained page to print, for a browser without our server.
 * @param css the style sheet of printed slips
 */
export function slipSheet(
  slips: readonly Slip[],
  template: SlipTemplate,
  page: { title: string; format: SlipFormat; css: string },
): string {
  return [
    '<!doctype html>',
    `<html lang="${template.language}"><head><meta charset="utf-8">`,
    `<title>${escaped(page.title)} · ${escaped(template.shopName)}</title>`,
    `<style>${page.css}</style></head>`,
    `<body class="print-${page.format}"><main class="slips">`,
    ...slips.map((slip) => slipHtml(slip, template)),
    '</main></body></html>',
    '',
  ].join('\n');
}

/** One slip: the same for a page of the admin and for a file of the terminal. */
export function slipHtml(slip: Slip, template: SlipTemplate): string {
  const { footer, hides } = template;
  const logo = template.logo ? `<img src="${escaped(template.logo)}" alt=""> ` : '';
  const shows = (part: SlipPart) => !hides.includes(part);
  const qr = shows('qr') ? slip.qr : '';
  return [
    `<article class="slip${qr === '' ? '' : ' has-qr'}">`,
    `<header><b>${logo}${escaped(template.shopName)}</b></header>`,
    `<p class="offer"><span>${escaped(slip.price)}</span> ${escaped(slip.time)}</p>`,
    qr === '' ? '' : `<div class="qr" aria-hidden="true">${qr}</div>`,
    `<p class="code">${escaped(slip.code)}</p>`,
    shows('steps') ? stepsHtml(slip, template, qr !== '') : '',
    shows('terms')
      ? `<p class="terms"><b>${escaped(slip.plan)}</b> · ${escaped(slip.gives)}</p>`
      : '',
    footer === '' ? '' : `<p class="footer">${escaped(footer)}</p>`,
    shows('origin') ? `<p class="origin">${escaped(slip.origin)}</p>` : '',
    '</article>',
  ].join('');
}

function stepsHtml(
  { address }: Slip,
  { language, wifiName }: SlipTemplate,
  hasQr: boolean,
): string {
  const t = catalogOf(language);
  // Paper that is too small for the code leaves these words out.
  const scan = hasQr ? `<span class="scan">${t('Scan, or')}</span> ${t('open')}` : t('Open');
  const open = `${scan} ${escaped(address)}`;
  const steps = [
    wifiName === '' ? t('Connect to our Wi-Fi') : `${t('Connect to')} <b>${escaped(wifiName)}</b>`,
    address === '' ? t('Wait for the page to open') : open,
    t('Type the code'),
  ];
  const lines = steps.map((step) => `<li>${step}</li>`);
  return `<ol class="steps">${lines.join(' ')}</ol>`;
}

function joined(between: string, parts: readonly string[]): string {
  return parts.filter((one) => one !== '').join(between);
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}
