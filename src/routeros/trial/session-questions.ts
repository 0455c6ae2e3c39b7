import { HOUR_MS } from '../../clock';
import { readAmount, readDuration } from '../api/values';
import { addQueue, addStill, bytesOf, NOBODY, QUEUES } from './queue-questions';
import { cannotTell, type Outcome, type Question } from './trial-answer';
import {
  ACTIVE,
  addUser,
  kick,
  letIn,
  loginWords,
  needSession,
  putOnline,
  SERVER_PROFILES,
  sessionOf,
  targetOf,
  USER_PROFILES,
  USERS,
  type TrialDevice,
} from './trial-device';
import { TRIAL_NAME, type Workbench } from './workbench';

const SECOND_MS = 1_000;
/** So long a session is watched for traffic of its device. */
const PATIENCE = 30;
const ENOUGH_BYTES = 50_000;

/** What a router does with a device that logs in, is online, and is changed meanwhile. */
export const SESSION_QUESTIONS: readonly Question<TrialDevice>[] = [
  {
    id: 'login-over-api',
    question: 'Is a device let in by /ip/hotspot/active/login, with http-pap in its profile?',
    ask: async (device) => {
      await addUser(device.bench);
      await letIn(device);
      return { is: (await sessionOf(device)) !== undefined };
    },
  },
  {
    id: 'login-needs-pap',
    question: 'Does a login over the API need http-pap in the profile of the server?',
    ask: async (device) => {
      const { bench, profileId } = device;
      await addUser(bench);
      await bench.change(SERVER_PROFILES, profileId, 'login-by', withoutPap(device));
      bench.later('the session of the device', () => kick(device));
      const trap = await bench.refused(`${ACTIVE}/login`, ...loginWords(device));
      return trap ? { is: true, ...bench.said(trap) } : { is: false };
    },
  },
  {
    id: 'session-queue-last',
    question: 'Is <hotspot-USER> made below the queues that are there?',
    ask: async (device) => {
      const { bench } = device;
      const still = await addStill(bench);
      await addUser(bench, { profile: ['=rate-limit=1000000/1000000'] });
      await letIn(device);
      const rows = await bench.rows(QUEUES, '.id,name');
      const own = rows.findIndex(({ name }) => name?.startsWith(`<hotspot-${TRIAL_NAME}`));
      if (own < 0) return cannotTell('the session has no queue of its own');
      return { is: own > rows.findIndex((row) => row['.id'] === still) };
    },
  },
  {
    id: 'user-counts-session',
    question: "Do a user's own counters include the session that runs?",
    ask: async (device) => {
      const { bench } = device;
      const { userId } = await addUser(bench);
      await letIn(device);
      await bench.wait(3 * SECOND_MS);
      await needSession(device);
      const { uptime } = await bench.row(USERS, 'uptime', userId);
      return { is: (readDuration(uptime) ?? 0) > 0 };
    },
  },
  {
    id: 'limits-reach-session',
    question: 'Does a new limit-uptime of a user reach the session that runs?',
    ask: async (device) => {
      const { bench } = device;
      const { userId } = await addUser(bench, { user: ['=limit-uptime=1h'] });
      await letIn(device);
      await bench.write(`${USERS}/set`, `=.id=${userId}`, '=limit-uptime=3h');
      const left = readDuration((await needSession(device))['session-time-left']);
      if (typeof left !== 'number') return cannotTell('the session shows no time left');
      return { is: left > HOUR_MS };
    },
  },
  {
    id: 'user-profile-set-ends-session',
    question: 'Does a change of the user profile end its sessions?',
    ask: async (device) => {
      const { bench } = device;
      const profile = ['=rate-limit=1000000/1000000'];
      const { profileId } = await putOnline(device, { profile });
      await bench.write(`${USER_PROFILES}/set`, `=.id=${profileId}`, '=rate-limit=2M/2M');
      const [queue] = await bench.rows(QUEUES, 'max-limit', `?name=<hotspot-${TRIAL_NAME}>`);
      const reached = queue && `its queue has ${queue['max-limit'] ?? 'no limit'} then`;
      const is = (await sessionOf(device)) === undefined;
      return { is, ...(reached && { note: reached }) };
    },
  },
  {
    id: 'server-profile-set-ends-session',
    question: 'Does a change of the profile of the hotspot server end sessions?',
    ask: async (device) => {
      const { bench, profileId } = device;
      await putOnline(device);
      await bench.change(SERVER_PROFILES, profileId, 'http-cookie-lifetime', '2d');
      await bench.wait(SECOND_MS);
      return { is: (await sessionOf(device)) === undefined };
    },
  },
  {
    id: 'binding-ends-session',
    question: 'Does a bypassed binding for a device end its session?',
    ask: async (device) => {
      const { bench, mac } = device;
      await putOnline(device);
      await bench.add('/ip/hotspot/ip-binding', `=mac-address=${mac}`, '=type=bypassed');
      await bench.wait(SECOND_MS);
      return { is: (await sessionOf(device)) === undefined };
    },
  },
  {
    id: 'queue-counts-session',
    question: 'Does a queue count what the session of its device counts?',
    ask: async (device) => {
      const { bench } = device;
      const queue = await addQueue(bench, targetOf(device), '0/0');
      await addUser(bench);
      await letIn(device);
      const session = await traffic(device);
      if (session === 0) return cannotTell('the device sent nothing');
      const bytes = await bytesOf(bench, queue);
      const share = `the queue has ${Math.round((100 * bytes) / session)} percent of it`;
      return { is: bytes >= session / 2, note: share };
    },
  },
];

/** For a device whose address the hotspot translates. */
export const TRANSLATED_QUESTIONS: readonly Question<TrialDevice>[] = [
  {
    id: 'login-by-to-address',
    question: 'Is a translated device known by its to-address only?',
    ask: async (device) => {
      const { bench, address } = device;
      await addUser(bench);
      bench.later('the session of the device', () => kick(device));
      const trap = await bench.refused(`${ACTIVE}/login`, ...loginWords(device, { ip: address }));
      if (!trap) return { is: false };
      const ip = { ip: device.toAddress };
      const byOther = await bench.refused(`${ACTIVE}/login`, ...loginWords(device, ip));
      return { is: byOther ? undefined : true, ...bench.said(trap) };
    },
  },
  {
    id: 'active-shows-to-address',
    question: 'Does the session of a translated device show its to-address?',
    ask: async (device) => {
      await addUser(device.bench);
      await letIn(device);
      return { is: (await needSession(device)).address === device.toAddress };
    },
  },
  {
    id: 'queues-see-own-address',
    question: 'Do queues see the address a translated device gave itself?',
    ask: async (device) => {
      const { bench, address } = device;
      const queue = await addQueue(bench, `${address}/32`, '0/0');
      await addUser(bench);
      await letIn(device);
      if ((await traffic(device)) === 0) return cannotTell('the device sent nothing');
      return { is: (await bytesOf(bench, queue)) > 0 };
    },
  },
];

/** The words of refused logins, and whether this program understands them. */
export const LOGIN_REFUSALS: readonly Question<TrialDevice>[] = [
  refusedLogin('unknown-user', 'as a user nobody has', 'unknown-user', (device) =>
    loginWords(device, { user: `${TRIAL_NAME}-nobody` }),
  ),
  refusedLogin('wrong-password', 'with a wrong password', 'unknown-user', (device) =>
    loginWords(device, { password: 'wrong' }),
  ),
  refusedLogin('unknown-host', 'of an address nobody has', 'unknown-host', (device) =>
    loginWords(device, { ip: NOBODY }),
  ),
  refusedLogin('wrong-mac', 'with the MAC of another device', 'unknown-host', (device) =>
    loginWords(device, { 'mac-address': '02:00:5E:00:53:01' }),
  ),
  {
    id: 'refused-uptime-limit',
    question: 'Is a login past the uptime limit refused in words we know?',
    ask: (device) => pastLimit(device, '=limit-uptime=1s', false),
  },
  {
    id: 'refused-bytes-limit',
    question: 'Is a login past the limit of bytes refused in words we know?',
    ask: (device) => pastLimit(device, '=limit-bytes-total=1', true),
  },
  {
    id: 'refused-other-user',
    question: 'Is a login beside the session of another user refused in words we know?',
    ask: async (device) => {
      const { bench } = device;
      await addUser(bench);
      const name = `${TRIAL_NAME}-other`;
      await bench.add(USERS, `=name=${name}`, '=password=x', `=profile=${TRIAL_NAME}`);
      await letIn(device);
      return refusal(bench, 'busy', loginWords(device, { user: name, password: 'x' }));
    },
  },
];

function refusedLogin(
  id: string,
  how: string,
  kind: string,
  words: (device: TrialDevice) => string[],
): Question<TrialDevice> {
  return {
    id: `refused-${id}`,
    question: `Is a login ${how} refused in words we know?`,
    ask: async (device) => {
      const { bench } = device;
      await addUser(bench);
      bench.later('the session of the device', () => kick(device));
      return refusal(bench, kind, words(device));
    },
  };
}

/** After a session that used some of it. */
async function pastLimit(device: TrialDevice, limit: string, needsTraffic: boolean) {
  const { bench } = device;
  const { userId } = await addUser(bench);
  await letIn(device);
  await bench.wait(3 * SECOND_MS);
  if (needsTraffic && (await traffic(device)) === 0) return cannotTell('the device sent nothing');
  await kick(device);
  await bench.write(`${USERS}/set`, `=.id=${userId}`, limit);
  return refusal(bench, 'limit-reached', loginWords(device));
}

async function refusal(bench: Workbench, kind: string, words: string[]): Promise<Outcome> {
  const trap = await bench.refused(`${ACTIVE}/login`, ...words);
  if (!trap) return { is: false, note: 'it was let in' };
  return { is: trap.kind === kind, ...bench.said(trap) };
}

/** What the session has counted, once that is enough or the patience is over. */
async function traffic(device: TrialDevice): Promise<number> {
  let bytes = 0;
  for (let second = 0; second < PATIENCE && bytes < ENOUGH_BYTES; second += 1) {
    await device.bench.wait(SECOND_MS);
    const session = await needSession(device);
    bytes = (readAmount(session['bytes-in']) ?? 0) + (readAmount(session['bytes-out']) ?? 0);
  }
  return bytes;
}

export function withPap({ loginBy }: TrialDevice): string {
  return [...withoutPap({ loginBy }).split(','), 'http-pap'].join(',');
}

/** At least one method has to be there. */
function withoutPap({ loginBy }: Pick<TrialDevice, 'loginBy'>): string {
  const others = loginBy.split(',').filter((one) => one !== 'http-pap' && one !== '');
  return (others.length > 0 ? others : ['http-chap']).join(',');
}
