import { onlyAddressOf } from './trial-guard';
import { answerOf, cannotTell, type Question, type TrialAnswer } from './trial-answer';
import {
  addUser,
  findDevice,
  letIn,
  pauseFastTrack,
  SERVER_PROFILES,
  targetOf,
  type TrialDevice,
} from './trial-device';
import { NOT_ASKED, OTHER_QUESTIONS } from './other-questions';
import {
  addQueue,
  COUNTER_QUESTIONS,
  counted,
  QUEUE_QUESTIONS,
  type Source,
} from './queue-questions';
import {
  LOGIN_REFUSALS,
  SESSION_QUESTIONS,
  TRANSLATED_QUESTIONS,
  withPap,
} from './session-questions';
import type { Workbench } from './workbench';

/** Prints that are long enough to be traffic. */
const CHATTER = ['/log', '/system/package', '/ip/service', '/interface'];
const MOST_CHATTER = 40;
const MOST_SECONDS = 30;
const OF_DEVICE: readonly Question<TrialDevice>[] = [...SESSION_QUESTIONS, ...LOGIN_REFUSALS];

const OWN_TRAFFIC: Question<Source> = {
  id: 'queue-counts-api',
  question: 'Does a queue count what the router says to this computer?',
  ask: async (source) => {
    const queue = await addQueue(source.bench, source.target, '0/0');
    return { is: (await counted(source, queue)) > 0 };
  },
};

/**
 * All questions that only a write answers, one after the other, on a router that is nobody's. What each one does
 * is undone before the next.
 * @param username of our account, whose address on the router is ours
 * @param wanted address or MAC of a device on its hotspot
 * @throws RouterUnreachable, TrialStopped; `bench.left` has what could not be undone
 */
export async function askByWriting(
  bench: Workbench,
  username: string,
  wanted: string | undefined,
): Promise<TrialAnswer[]> {
  const answers = [
    ...(await bench.ask(OTHER_QUESTIONS, bench)),
    ...(await bench.ask(QUEUE_QUESTIONS, bench)),
  ];
  const device = await findDevice(bench, wanted);
  answers.push(...(await askCounters(bench, username, device)));
  answers.push(...(await askDevice(bench, device)));
  answers.push(...NOT_ASKED.map((one) => answerOf(one, cannotTell(one.note))));
  return answers;
}

/** By our own traffic, where queues see it; else by the device's. */
async function askCounters(
  bench: Workbench,
  username: string,
  device: TrialDevice | string,
): Promise<TrialAnswer[]> {
  const address = await onlyAddressOf(bench, username);
  if (address === undefined) return byDevice(bench, device);
  const own = ownSource(bench, address);
  const [seen] = await bench.ask([OWN_TRAFFIC], own);
  const isSeen = seen?.answer === 'yes';
  const rest = isSeen ? await bench.ask(COUNTER_QUESTIONS, own) : await byDevice(bench, device);
  return [...(seen ? [seen] : []), ...rest];
}

async function byDevice(bench: Workbench, device: TrialDevice | string): Promise<TrialAnswer[]> {
  if (typeof device === 'string') return untold(COUNTER_QUESTIONS, device);
  return bench.within(async () => {
    await prepare(device);
    await addUser(bench);
    await letIn(device);
    return bench.ask(COUNTER_QUESTIONS, deviceSource(device));
  });
}

async function askDevice(bench: Workbench, device: TrialDevice | string): Promise<TrialAnswer[]> {
  if (typeof device === 'string') {
    return untold([...OF_DEVICE, ...TRANSLATED_QUESTIONS], device);
  }
  return bench.within(async () => {
    await prepare(device);
    const answers = await bench.ask(OF_DEVICE, device);
    const isTranslated = device.address !== device.toAddress;
    const translated = isTranslated
      ? await bench.ask(TRANSLATED_QUESTIONS, device)
      : untold(TRANSLATED_QUESTIONS, 'the address of the device is not translated');
    return [...answers, ...translated];
  });
}

function untold(questions: readonly Question<never>[], why: string): TrialAnswer[] {
  return questions.map((one) => answerOf(one, cannotTell(why)));
}

/** As the set-up of a shop does. */
async function prepare(device: TrialDevice): Promise<void> {
  await pauseFastTrack(device.bench);
  if (device.loginBy.split(',').includes('http-pap')) return;
  await device.bench.change(SERVER_PROFILES, device.profileId, 'login-by', withPap(device));
}

/** What the router says to us is traffic too. */
function ownSource(bench: Workbench, address: string): Source {
  let calls = 0;
  const flow = async () => {
    const menu = CHATTER[calls % CHATTER.length]!;
    // A menu that is refused was an answer, too.
    await bench.rowsIfAny(menu, 'name,message,time,topics,version,port');
    calls += 1;
    return calls % MOST_CHATTER !== 0;
  };
  return { bench, target: `${address}/32`, flow };
}

function deviceSource(device: TrialDevice): Source {
  const { bench } = device;
  let seconds = 0;
  const flow = async () => {
    await bench.wait(1_000);
    seconds += 1;
    return seconds % MOST_SECONDS !== 0;
  };
  return { bench, target: targetOf(device), flow };
}
