/** Which commands a fault affects; every one without `menu` and `command`. */
export interface FaultTrigger {
  /** `/queue/simple`; the menu of `/login` and `/quit` is `/`. */
  menu?: string | RegExp;
  command?: string;
  /** Lets this many matching commands pass first. */
  after?: number;
  /** Then affects this many; one by default. */
  times?: number;
}

export type FaultAction =
  /** Not executed. `count` traps before one `!done`; `null` leaves the message out. */
  | { kind: 'trap'; message?: string | null; category?: number; count?: number }
  /** Executed; a reply word nobody knows comes first. */
  | { kind: 'unknown-reply' }
  /** Executed; a reply to a tag nobody used comes first. */
  | { kind: 'foreign-tag' }
  /** Not executed. Without `close` the connection stays open but never answers. */
  | { kind: 'fatal'; close: boolean; message?: string }
  /** Never answered until it is cancelled, and executed only if `executed`. */
  | { kind: 'no-answer'; executed?: boolean }
  /** Executed; half of the reply arrives, then RST. */
  | { kind: 'reset-mid-reply' }
  /** Executed; the last sentence breaks off in the middle, then FIN. */
  | { kind: 'close-mid-sentence' }
  /** Executed after this many milliseconds of real time. */
  | { kind: 'delay'; ms: number }
  /** Executed, and the connection dies before a reply: the outcome is unknown to the client. */
  | { kind: 'answer-then-drop' }
  /** Not executed, and answered as if it were. */
  | { kind: 'answered-only' }
  /** Executed, after somebody else did something to the router. */
  | { kind: 'meanwhile'; does: () => void }
  /** Not executed, and the connection dies just the same. */
  | { kind: 'drop-before' };

export const CHUNKINGS = ['whole', 'byte', 'random', 'cut-last-zero', 'cut-prefix'] as const;
export const EMPTY_REPLIES = ['by-version', 'always', 'never'] as const;
export const TAG_POSITIONS = ['first', 'last'] as const;
export const REFUSALS = ['none', 'accept-then-close', 'accept-and-silent'] as const;
export const DEVICE_MODES = ['advanced', 'basic', 'home'] as const;
export const LOGIN_CHECKS = ['password-first', 'mac-first'] as const;

/** How the router behaves all the time, until it is changed. */
export interface Switches {
  /** How replies are cut into TCP segments. */
  chunking: (typeof CHUNKINGS)[number];
  /** `always` sends `!empty` with every reply that carries no data. */
  emptyReply: (typeof EMPTY_REPLIES)[number];
  tagPosition: (typeof TAG_POSITIONS)[number];
  /** Real milliseconds for every hundred rows printed. */
  slowPrintMs: number;
  /** Real milliseconds that each command takes; a session's commands run one by one. */
  commandMs: number;
  refuseConnections: (typeof REFUSALS)[number];
  /** Overrides what `/ip/service` allows. */
  maxSessions: number | undefined;
  /** `basic` and `home` do not allow the hotspot (RouterOS 7.17 and later). */
  deviceMode: (typeof DEVICE_MODES)[number];
  /** What the board allows one by one, in place of its mode; `undefined` is what the mode says. */
  hotspotFeature: boolean | undefined;
  proxyFeature: boolean | undefined;
  /** RouterOS found traces of a break-in. */
  flagged: boolean;
  /** Updates of the device-mode that nobody confirmed at the board. */
  attemptCount: number;
  /** `nlevel` of the license, in place of the machine's. */
  licenseLevel: string | undefined;
  /** The client's FIN is not answered, as when the router is long gone. */
  halfOpenOnClose: boolean;
  /** What all files together may take. */
  diskBytes: number;
  /** Worn-out parts of the flash, as the router prints them. */
  badBlocks: string;
  /**
   * Where API clients seem to come from, as if from another computer; `undefined` is their real address.
   */
  seenFrom: string | undefined;
  /** Nothing beyond the modem answers, while the cable to it has its link. */
  deadLine: boolean;
  /** Which of a hotspot user's password and MAC is checked first; real routers may do either. */
  loginChecks: (typeof LOGIN_CHECKS)[number];
  /** A device that changes its address leaves its host row and session behind until they time out. */
  lingering: boolean;
}

const USUAL: Switches = {
  chunking: 'whole',
  emptyReply: 'by-version',
  tagPosition: 'first',
  slowPrintMs: 0,
  commandMs: 0,
  refuseConnections: 'none',
  maxSessions: undefined,
  deviceMode: 'advanced',
  hotspotFeature: undefined,
  proxyFeature: undefined,
  flagged: false,
  attemptCount: 0,
  licenseLevel: undefined,
  halfOpenOnClose: false,
  diskBytes: Infinity,
  badBlocks: '0',
  seenFrom: undefined,
  deadLine: false,
  loginChecks: 'password-first',
  lingering: false,
};

interface Rule {
  trigger: FaultTrigger;
  action: FaultAction;
  passesLeft: number;
  timesLeft: number;
}

/** Everything that can go wrong between a client and a router, on request. */
export class Faults implements Switches {
  chunking = USUAL.chunking;
  emptyReply = USUAL.emptyReply;
  tagPosition = USUAL.tagPosition;
  slowPrintMs = USUAL.slowPrintMs;
  commandMs = USUAL.commandMs;
  refuseConnections = USUAL.refuseConnections;
  maxSessions = USUAL.maxSessions;
  deviceMode = USUAL.deviceMode;
  hotspotFeature = USUAL.hotspotFeature;
  proxyFeature = USUAL.proxyFeature;
  flagged = USUAL.flagged;
  attemptCount = USUAL.attemptCount;
  licenseLevel = USUAL.licenseLevel;
  halfOpenOnClose = USUAL.halfOpenOnClose;
  diskBytes = USUAL.diskBytes;
  badBlocks = USUAL.badBlocks;
  seenFrom = USUAL.seenFrom;
  deadLine = USUAL.deadLine;
  loginChecks = USUAL.loginChecks;
  lingering = USUAL.lingering;
  private rules: Rule[] = [];

  /** The next matching commands get this. Of several rules the oldest match wins. */
  on(trigger: FaultTrigger, action: FaultAction): void {
    const { after = 0, times = 1 } = trigger;
    this.rules.push({ trigger, action, passesLeft: after, timesLeft: times });
  }

  /** Back to a healthy router: no rules, and every switch as it was. */
  clear(): void {
    this.rules = [];
    Object.assign(this, USUAL);
  }

  /** The fault the command gets, if any; counts it. */
  meet(menu: string, command: string): FaultAction | undefined {
    for (const rule of this.rules) {
      if (!matches(rule.trigger, menu, command)) continue;
      if (rule.passesLeft > 0) {
        rule.passesLeft -= 1;
        continue;
      }
      rule.timesLeft -= 1;
      if (rule.timesLeft <= 0) this.rules = this.rules.filter((each) => each !== rule);
      return rule.action;
    }
    return undefined;
  }
}

function matches(trigger: FaultTrigger, menu: string, command: string): boolean {
  if (trigger.command !== undefined && trigger.command !== command) return false;
  if (trigger.menu === undefined) return true;
  return typeof trigger.menu === 'string' ? trigger.menu === menu : trigger.menu.test(menu);
}
