import {
  CHUNKINGS,
  DEVICE_MODES,
  EMPTY_REPLIES,
  LOGIN_CHECKS,
  REFUSALS,
  TAG_POSITIONS,
  type FaultAction,
  type Faults,
  type FaultTrigger,
} from './faults';
import { allowOnly } from './menu-engine';
import { readFlagText } from './property';
import { invalidValue, missing, noMatch, unknownParameter } from './refusals';
import type { Values } from './table';

/** Faults as the attributes of `/simulator/fault` name them. @throws Refusal */

const TRIGGER_WORDS = ['menu', 'command', 'after', 'times', 'kind'];
const ACTION_WORDS = ['message', 'category', 'count', 'close', 'executed', 'ms'];

export function readTrigger(args: Values): FaultTrigger {
  allowOnly(args, ...TRIGGER_WORDS, ...ACTION_WORDS);
  const { menu, command } = args;
  return {
    ...(menu === undefined ? {} : { menu }),
    ...(command === undefined ? {} : { command }),
    after: number(args, 'after') ?? 0,
    times: number(args, 'times') ?? 1,
  };
}

export function readAction(args: Values): FaultAction {
  const { kind, message } = args;
  switch (kind) {
    case 'trap': {
      const category = number(args, 'category');
      return {
        kind,
        message: message ?? null,
        count: number(args, 'count') ?? 1,
        ...(category === undefined ? {} : { category }),
      };
    }
    case 'fatal':
      return {
        kind,
        close: readFlagText('close', args['close'] ?? 'yes'),
        ...(message === undefined ? {} : { message }),
      };
    case 'no-answer':
      return { kind, executed: readFlagText('executed', args['executed'] ?? 'no') };
    case 'delay':
      return { kind, ms: number(args, 'ms') ?? 1000 };
    case 'unknown-reply':
    case 'foreign-tag':
    case 'reset-mid-reply':
    case 'close-mid-sentence':
    case 'answer-then-drop':
    case 'answered-only':
    case 'drop-before':
      return { kind };
    case undefined:
      throw missing('kind');
    default:
      throw noMatch('kind');
  }
}

const SWITCHES: Record<string, (faults: Faults, given: string) => void> = {
  chunking: (faults, given) => (faults.chunking = word('chunking', given, CHUNKINGS)),
  'empty-reply': (faults, given) => (faults.emptyReply = word('empty-reply', given, EMPTY_REPLIES)),
  'tag-position': (faults, given) =>
    (faults.tagPosition = word('tag-position', given, TAG_POSITIONS)),
  'slow-print-ms': (faults, given) => (faults.slowPrintMs = number({ ms: given }, 'ms') ?? 0),
  'command-ms': (faults, given) => (faults.commandMs = number({ ms: given }, 'ms') ?? 0),
  'refuse-connections': (faults, given) =>
    (faults.refuseConnections = word('refuse-connections', given, REFUSALS)),
  'max-sessions': (faults, given) =>
    (faults.maxSessions = given === '' ? undefined : number({ given }, 'given')),
  'device-mode': (faults, given) => (faults.deviceMode = word('device-mode', given, DEVICE_MODES)),
  'hotspot-feature': (faults, given) =>
    (faults.hotspotFeature = readFlagText('hotspot-feature', given)),
  'proxy-feature': (faults, given) => (faults.proxyFeature = readFlagText('proxy-feature', given)),
  flagged: (faults, given) => (faults.flagged = readFlagText('flagged', given)),
  'attempt-count': (faults, given) => (faults.attemptCount = number({ given }, 'given') ?? 0),
  'license-level': (faults, given) => (faults.licenseLevel = given === '' ? undefined : given),
  'half-open-on-close': (faults, given) =>
    (faults.halfOpenOnClose = readFlagText('half-open-on-close', given)),
  'seen-from': (faults, given) => (faults.seenFrom = given === '' ? undefined : given),
  'dead-line': (faults, given) => (faults.deadLine = readFlagText('dead-line', given)),
  'login-checks': (faults, given) =>
    (faults.loginChecks = word('login-checks', given, LOGIN_CHECKS)),
  lingering: (faults, given) => (faults.lingering = readFlagText('lingering', given)),
  'disk-bytes': (faults, given) => (faults.diskBytes = number({ given }, 'given') ?? 0),
};

export function setSwitches(faults: Faults, args: Values): void {
  for (const [name, given] of Object.entries(args)) {
    const set = SWITCHES[name];
    if (!set) throw unknownParameter(name);
    set(faults, given);
  }
}

function number(args: Values, name: string): number | undefined {
  const given = args[name];
  if (given === undefined) return undefined;
  if (!/^\d+$/.test(given)) throw invalidValue(name);
  return Number(given);
}

function word<W extends string>(name: string, given: string, words: readonly W[]): W {
  const found = words.find((each) => each === given);
  if (found === undefined) throw noMatch(name);
  return found;
}
