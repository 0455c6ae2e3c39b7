/** Why the router lets nobody in, by the names `errors.txt` has for it. */
export type LoginRefusal =
  | 'uptime-limit'
  | 'traffic-limit'
  | 'user-session-limit'
  | 'unknown-user'
  | 'wrong-password'
  | 'invalid-mac'
  | 'auth-in-progress';

/**
 * `page` is what the stock `errors.txt` makes of a refusal. `raw` is what was seen over the API and in
 * logs of real routers; the text at the byte limit is a guess.
 */
export const VOCABULARIES = ['page', 'raw'] as const;
export type Vocabulary = (typeof VOCABULARIES)[number];

type Texts = Readonly<Record<LoginRefusal, (name: string) => string>>;

const PAGE: Texts = {
  'uptime-limit': (name) => `user ${name} has reached uptime limit`,
  'traffic-limit': (name) => `user ${name} has reached traffic limit`,
  'user-session-limit': (name) => `no more sessions are allowed for user ${name}`,
  'unknown-user': () => 'invalid username or password',
  'wrong-password': () => 'invalid username or password',
  'invalid-mac': (name) => `user ${name} is not allowed to log in from this MAC address`,
  'auth-in-progress': () => 'already authorizing, retry later',
};

const RAW: Texts = {
  ...PAGE,
  'uptime-limit': () => 'your uptime limit is reached',
  'traffic-limit': () => 'your traffic limit is reached',
  'user-session-limit': () => 'no more sessions are allowed for user',
  'unknown-user': (name) => `user <${name}> not found`,
  'wrong-password': () => 'invalid password',
};

const RAW_OF_6: Texts = { ...RAW, 'unknown-user': () => 'no such user' };

/** @param legacy RouterOS 6 */
export function loginTexts(vocabulary: Vocabulary, legacy: boolean): Texts {
  if (vocabulary === 'page') return PAGE;
  return legacy ? RAW_OF_6 : RAW;
}
