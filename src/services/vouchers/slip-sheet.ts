import { toString as toQrCode } from 'qrcode';
import { summaryLine } from '../../format/plan-summary';
import { formatMoney } from '../../domain/units';
import type { Voucher } from '../../domain/vouchers/voucher';

export const SLIP_FORMATS = ['a4', '58mm', '80mm'] as const;
export type SlipFormat = (typeof SLIP_FORMATS)[number];

/** What a printed slip says. */
export interface Slip {
  /** In groups of four, to be read aloud. */
  code: string;
  plan: string;
  price: string;
  /** What it gives, as in the portal's price list. */
  summary: string;
  /** SVG that opens the portal with the code filled in; empty if the portal's address is unknown. */
  qr: string;
}

export async function slipOf(
  { code, planName, terms }: Voucher,
  portalUrl: string | undefined,
): Promise<Slip> {
  const link = portalUrl && `${portalUrl}/portal?code=${encodeURIComponent(code)}`;
  return {
    code: code.replaceAll(/(.{4})(?=.)/g, '$1 '),
    plan: planName,
    price: formatMoney(terms.price),
    summary: summaryLine(terms),
    qr: link ? await toQrCode(link, { type: 'svg', margin: 1 }) : '',
  };
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
  page: { title: string; shopName: string; format: SlipFormat; css: string },
): string {
  const shop = escaped(page.shopName);
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<title>${escaped(page.title)} · ${shop}</title>`,
    `<style>${page.css}</style></head>`,
    `<body class="print-${page.format}"><main class="slips">`,
    ...slips.map((slip) => slipHtml(slip, shop)),
    '</main></body></html>',
    '',
  ].join('\n');
}

function slipHtml(slip: Slip, shop: string): string {
  return [
    `<article class="slip"><header><b>${shop}</b> <span>${escaped(slip.price)}</span></header>`,
    slip.qr === '' ? '' : `<div class="qr" aria-hidden="true">${slip.qr}</div>`,
    `<p class="code">${escaped(slip.code)}</p>`,
    `<p class="terms"><b>${escaped(slip.plan)}</b> · ${escaped(slip.summary)}</p></article>`,
  ].join('');
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
