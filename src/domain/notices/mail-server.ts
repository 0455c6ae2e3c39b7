import { BadValues, InvalidInput, type BadValue } from '../../errors';
import { isOneLine } from '../units';
import { hostOf, isHostName } from '../shop/web-address';
import { say, word, type Text } from '../../text';

/** Where mail is handed in, and as whom. */
export interface MailServer {
  host: string;
  port: number;
  /** Encrypted from the first byte on; otherwise as soon as the server offers it. */
  isSecure: boolean;
  login: { user: string; password: string } | undefined;
}

/** What a form has of it: each as typed, `password` empty to keep the present one. */
export interface TypedMailServer {
  host: string;
  port: string;
  user: string;
  password: string;
}

const PORTS: Record<string, number> = { 'smtp:': 587, 'smtps:': 465 };

/**
 * Reads `smtps://name:password@smtp.example.com:465`: scheme, host, port, name, password, and nothing
 * else. The mail library would take any of its options from a query, including one that starts a program.
 * @throws InvalidInput; its message contains neither name nor password
 */
export function parseMailServer(text: string): MailServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usualPort = url && PORTS[url.protocol];
  const host = url ? hostOf(url) : '';
  if (!url || usualPort === undefined || !isHostName(host) || url.port === '0') {
    throw new InvalidInput(
      'is not an email server; write it like smtp://name:password@smtp.example.com:587',
    );
  }
  const more = leftOver(url);
  if (more !== undefined) {
    throw new InvalidInput(
      say`takes no ${more}: only name, password, host and port, like smtp://name:password@smtp.example.com:587; write ? # and / of a password as %3F %23 and %2F`,
    );
  }
  const [user, password] = [decoded(url.username), decoded(url.password)];
  const login = user === '' && password === '' ? undefined : { user, password };
  return { host, port: Number(url.port) || usualPort, isSecure: usualPort === 465, login };
}

/**
 * The server somebody typed into a form. Port 465 is encrypted from the first byte on, as everywhere.
 * @param present the one so far; its password is kept only for the same server and name, so that it goes
 *   to nobody else
 * @throws InvalidInput with a line for each field that cannot be used, which begins with the field's name;
 *   none contains name or password
 */
export function typedMailServer(typed: TypedMailServer, present?: MailServer): MailServer {
  const [host, user] = [typed.host.trim(), typed.user.trim()];
  const port = typed.port.trim() === '' ? 587 : Number(typed.port);
  const isSame = host === present?.host && port === present.port;
  const kept = isSame && user === present.login?.user ? present.login.password : '';
  const password = typed.password === '' && user !== '' ? kept : typed.password;
  const wrong: BadValue[] = [];
  const refuse = (name: string, problem: Text) => wrong.push({ name, problem });
  if (!isHostName(host)) refuse('host', word('is not a server name; write it like smtp.gmail.com'));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    refuse('port', word('has to be 587 or 465, or another port number'));
  }
  if (!isOneLine(user)) refuse('user', word('has a control character in it'));
  if (!isOneLine(password)) refuse('password', word('has a control character in it'));
  if (user !== '' && password === '') refuse('password', word('is missing'));
  if (user === '' && password !== '') refuse('user', word('is missing'));
  if (wrong.length > 0) throw new BadValues(wrong);
  const login = user === '' ? undefined : { user, password };
  return { host, port, isSecure: isSame ? present.isSecure : port === 465, login };
}

/** The address that `parseMailServer` reads as this server. */
export function formatMailServer({ host, port, isSecure, login }: MailServer): string {
  const at = login
    ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`
    : '';
  const name = host.includes(':') ? `[${host}]` : host;
  return `smtp${isSecure ? 's' : ''}://${at}${name}:${port}`;
}

/** What of the address would be ignored; not repeated if it may be the rest of a password. */
function leftOver({ search, hash, pathname }: URL): string | undefined {
  if (search !== '') {
    const names = [...new Set(new URLSearchParams(search).keys())];
    const areOptions = names.every((name) => /^[a-z][a-z.]{0,30}$/i.test(name));
    return areOptions && !search.includes('@') ? names.join(', ') : '? and what follows it';
  }
  if (hash !== '') return '# and what follows it';
  return pathname === '' || pathname === '/' ? undefined : '/ and what follows it';
}

function decoded(part: string): string {
  let text: string;
  try {
    text = decodeURIComponent(part);
  } catch (cause) {
    throw new InvalidInput(
      'has a % in its name or password that is not part of a code; write each % there as %25',
      { cause },
    );
  }
  if (isOneLine(text)) return text;
  throw new InvalidInput('has a control character in its name or password');
}
