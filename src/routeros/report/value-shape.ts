/**
 * What a value looks like, without the value: for reports that leave the shop. Names, codes, addresses and
 * texts come out as their kind and length; only words of lists that MikroTik made are told as they are.
 */
import { readDuration } from '../api/values';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Properties whose values are words of RouterOS, and not of people. */
const VOCABULARY: Readonly<Record<string, ReadonlySet<string>>> = {
  action: words('accept allow deny drop reject passthrough fasttrack-connection'),
  'architecture-name': words('arm arm64 mipsbe mipsle mmips ppc smips tile x86 x86_64'),
  chain: words('forward input output prerouting postrouting hotspot'),
  'connection-state': words('established related new invalid untracked'),
  'html-directory': words('hotspot flash/hotspot /hotspot /flash/hotspot'),
  level: words('free p1 p10 p-unlimited'),
  'login-by': words('cookie http-chap http-pap https mac mac-cookie trial'),
  mode: words('advanced basic enterprise home rose'),
  parent: words('none'),
  policy: words(
    'api dude ftp local password policy read reboot rest-api romon sensitive sniff ssh telnet test tikapp ' +
      'web winbox write',
  ),
  protocol: words('icmp tcp udp'),
  status: words('bound down offered unknown up waiting'),
  type: words('blocked bypassed directory disk file package regular'),
  via: words('api api-ssl console ftp rest-api ssh telnet web winbox'),
};

/** The same, for menus in which a property holds other words than elsewhere. */
const MENU_VOCABULARY: Readonly<Record<string, ReadonlySet<string>>> = {
  '/file name': words('flash hotspot'),
  '/ip/service name': words('api api-ssl ftp reverse-proxy ssh telnet winbox www www-ssl'),
  '/system/package name': words(
    'advanced-tools calea container dhcp dude gps hotspot iot ipv6 lora lte mpls multicast ntp openflow ppp ' +
      'rose-storage routeros routeros-arm routeros-arm64 routeros-mipsbe routeros-mmips routeros-smips ' +
      'routeros-tile routeros-x86 routing security system tr069-client ups user-manager wifi-mediatek ' +
      'wifi-qcom wifi-qcom-ac wireless zerotier',
  ),
};

/** People write these: whatever they look like, only their length is told. */
const FREE_TEXT: ReadonlySet<string> = words(
  'name comment user host host-name group list password serial-number software-id system-id on-login server ' +
    'interface profile address-pool email ssid time-zone-name dst-host path dst-address-list src-address-list',
);

/** How names begin that RouterOS or this program made. */
const MARKS = [
  ...['<hotspot-', '<pppoe-', 'hs-', 'pisonet-', 'pisonet:', '/flash/', 'flash/', '/', '*'],
] as const;

const VERSION =
  /^\d{1,2}\.\d{1,3}(\.\d{1,3})?((alpha|beta|rc)\d{1,3})?( \((stable|long-term|testing|development)\))?$/;
/** `RB941-2nD`, `CHR QEMU Standard PC (i440FX + PIIX, 1996)`. */
const BOARD = /^[A-Za-z][\w+^,.() -]{0,79}$/;

/** @param property of the router, which decides whether the value may be told @param menu it stands in */
export function shapeOf(property: string, value: string, menu = ''): string {
  if (value === '') return 'empty';
  if (value === 'true' || value === 'false' || value === 'yes' || value === 'no') {
    return FREE_TEXT.has(property) ? textShape(value) : `bool ${value}`;
  }
  return told(property, value, menu) ?? shapeOnly(property, value);
}

/** The value itself, where it is a word of RouterOS. */
function told(property: string, value: string, menu: string): string | undefined {
  if (property === 'version' && VERSION.test(value)) return value;
  if (property === 'board-name' && menu.startsWith('/system/') && BOARD.test(value)) return value;
  const known = own(MENU_VOCABULARY, `${menu} ${property}`) ?? own(VOCABULARY, property);
  const isKnown = (word: string) => known?.has(word.replace(/^!/, ''));
  return known && value.split(',').every(isKnown) ? value : undefined;
}

/** A router may send a property named `constructor`, which every object has. */
function own<T>(list: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(list, name) ? list[name] : undefined;
}

function shapeOnly(property: string, value: string): string {
  if (FREE_TEXT.has(property)) return textShape(value);
  if (!value.includes(',')) return partShape(value);
  const parts = [...new Set(value.split(',').map(partShape))];
  return parts.length > 3 ? textShape(value) : `list of ${parts.join(', ')}`;
}

const V4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;
const AMOUNT = String.raw`\d+(?:\.\d+)?[kKMG]?`;
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^\*[0-9A-Fa-f]+$/, 'id *hex'],
  [/^00:00:00:00:00:00$/, 'mac of zeros'],
  [/^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/, 'mac'],
  [/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'mac in small letters'],
  [/^0\.0\.0\.0\/0$/, 'ip/0'],
  [new RegExp(`^${V4}$`), 'ip'],
  [new RegExp(`^${V4}/32$`), 'ip/32'],
  [new RegExp(`^${V4}/\\d{1,2}$`), 'ip/mask'],
  [new RegExp(`^${V4}-${V4}$`), 'ip-ip'],
  [/^(?=.*::|([^:]*:){7})[0-9a-f:]+(%[\w-]+)?$/i, 'ipv6'],
  [/^(?=.*::|([^:]*:){7})[0-9a-f:]+\/\d{1,3}$/i, 'ipv6/mask'],
  [/^\d{4}-\d{2}-\d{2}$/, 'date yyyy-mm-dd'],
  [/^[a-z]{3}\/\d{2}\/\d{4}$/i, 'date mon/dd/yyyy'],
  [/^[+-]\d{2}:\d{2}$/, 'offset +hh:mm'],
  [/^0$/, 'zero'],
  [/^0\/0$/, 'pair of zeros'],
  [/^\d+$/, 'digits'],
  [/^\d+\.\d+$/, 'digits.digits'],
  [/^\d+(?:\.\d*)?%$/, 'percent'],
  [/^\d+-\d+$/, 'digits-digits'],
  [/^\d+\/\d+$/, 'pair digits/digits'],
  [new RegExp(`^${AMOUNT}$`), 'amount with unit'],
  [new RegExp(`^${AMOUNT}/${AMOUNT}$`), 'pair with units'],
  [/^(none|never)$/, 'none'],
];

function partShape(part: string): string {
  const fixed = SHAPES.find(([pattern]) => pattern.test(part))?.[1];
  if (fixed !== undefined) return fixed;
  const halves = part.split('/').map(durationShape);
  if (halves.length <= 2 && !halves.includes(undefined)) return `duration ${halves.join('/')}`;
  return textShape(part);
}

/** `1w2d` for any weeks and days: the numbers are those of the places. */
function durationShape(text: string): string | undefined {
  if (!/\d/.test(text) || !/[a-z:]/.test(text)) return undefined;
  if (typeof readDuration(text) !== 'number') return undefined;
  let place = 0;
  return text.replace(/(?<!\d)\d+:\d{2}(:\d{2})?(\.\d+)?$/, 'clock').replaceAll(/\d+/g, () => String((place += 1))); // prettier-ignore
}

function textShape(value: string): string {
  const mark = MARKS.find((start) => value.startsWith(start)) ?? '';
  return `text ${value.length - mark.length}${mark && ` after ${mark}`}`;
}

/** A word with a capital letter may be a name, except at the start. */
const REFUSAL_WORD = /^([a-z]+(-[a-z]+)*|\d{1,2})[.:]?$/;
const MOST_SAID = 200;

/** What the router said, without what may be a name: small words and short numbers stay. */
export function saidShape(text: string, hidden: readonly string[] = []): string {
  const plain = (word: string, index: number) => {
    const isKnown = REFUSAL_WORD.test(index === 0 ? word.toLowerCase() : word);
    return isKnown && !hidden.includes(word.replace(/[.:]$/, '')) ? word : '…';
  };
  return text
    .split(/([\s(),;]+)/)
    .map((piece, index) => (index % 2 === 1 || piece === '' ? piece : plain(piece, index)))
    .join('')
    .slice(0, MOST_SAID);
}
