import { toString as toQrCode } from 'qrcode';
import { summaryLine, summaryOf } from '../../format/plan-summary';
import { formatShortMoney } from '../../domain/units';
import type { Voucher } from '../../domain/vouchers/voucher';

export const SLIP_FORMATS = ['a4', '58mm', '80mm'] as const;
export type SlipFormat = (typeof SLIP_FORMATS)[number];

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
  /** SVG that opens the portal with the code filled in; empty if the portal's address is unknown. */
  qr: string;
  /** Where the code is typed: an address without `http://`; empty if unknown. */
  address: string;
  /** `batch 2 · Ana`: for the shop, when a slip is brought back. */
  origin: string;
}

/** White around a QR code, in its modules: the standard asks for four, or cameras miss it. */
const QUIET_ZONE = 4;

export async function slipOf(
  { batchId, code, createdBy, planName, seller, terms }: Voucher,
  portalUrl: string | undefined,
): Promise<Slip> {
  const link = portalUrl && `${portalUrl}/portal?code=${encodeURIComponent(code)}`;
  return {
    code: code.replaceAll(/(.{4})(?=.)/g, '$1 '),
    plan: planName,
    price: formatShortMoney(terms.price),
    time: summaryOf(terms).time,
    summary: summaryLine(terms),
    qr: link ? await toQrCode(link, { type: 'svg', margin: QUIET_ZONE }) : '',
    address: portalUrl ? `${portalUrl.replace(/^https?:\/\//, '')}/portal` : '',
    origin: [batchId === null ? '' : `batch ${batchId}`, seller ?? createdBy]
      .filter((one) => one !== '')
      .join(' · '),
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
  const { shopName } = page;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<title>${escaped(page.title)} · ${escaped(shopName)}</title>`,
    `<style>${page.css}</style></head>`,
    `<body class="print-${page.format}"><main class="slips">`,
    ...slips.map((slip) => slipHtml(slip, { shopName })),
    '</main></body></html>',
    '',
  ].join('\n');
}

/** One slip: the same for a page of the admin and for a file of the terminal. */
export function slipHtml(
  slip: Slip,
  shop: { shopName: string; logo?: string | undefined },
): string {
  const logo = shop.logo ? `<img src="${escaped(shop.logo)}" alt=""> ` : '';
  const steps = [
    'Connect to our Wi-Fi',
    slip.address === '' ? 'Wait for the page to open' : `Scan, or open ${escaped(slip.address)}`,
    'Type the code',
  ];
  return [
    `<article class="slip"><header><b>${logo}${escaped(shop.shopName)}</b></header>`,
    `<p class="offer"><span>${escaped(slip.price)}</span> ${escaped(slip.time)}</p>`,
    slip.qr === '' ? '' : `<div class="qr" aria-hidden="true">${slip.qr}</div>`,
    `<p class="code">${escaped(slip.code)}</p>`,
    `<p class="steps">${steps.map((step, index) => `<span>${index + 1}. ${step}</span>`).join(' ')}</p>`,
    `<p class="terms"><b>${escaped(slip.plan)}</b> · ${escaped(slip.summary)}</p>`,
    `<p class="origin">${escaped(slip.origin)}</p></article>`,
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
