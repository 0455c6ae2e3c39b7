/** What commands cost on small boards, in real milliseconds. Data only; `SlowBoard` spends it. */

/** `field`: measured by somebody on a real board. `believed`: nobody has; tests must not depend on it. */
type Source = 'field' | 'believed';

export interface Cost {
  menu?: string;
  /** Any of these; every command without. */
  commands?: readonly string[];
  /** The least and the most it takes. */
  ms: readonly [number, number];
  source: Source;
}

export interface BoardCosts {
  /** The first that fits counts. */
  commands: readonly Cost[];
  /** A board that is asked without a pause gets tired, and then stands still now and then. */
  tires: { afterCommands: number; extraMs: number; stallEvery: number; stallMs: number };
  /** Without a command for this long it is fresh again. */
  restMs: number;
}

const USER = '/ip/hotspot/user';
const ACTIVE = '/ip/hotspot/active';
const WRITES = ['add', 'set', 'remove', 'move', 'enable', 'disable'];

/** 650 MHz, 32 MB; RouterOS 7.20. */
const HAP_LITE: BoardCosts = {
  commands: [
    { menu: '/', commands: ['login'], ms: [350, 9_000], source: 'field' },
    { menu: USER, commands: ['print'], ms: [700, 2_100], source: 'field' },
    { menu: USER, commands: ['add'], ms: [2_600, 2_600], source: 'field' },
    { menu: USER, commands: WRITES, ms: [1_300, 2_600], source: 'believed' },
    { menu: ACTIVE, commands: ['login'], ms: [2_400, 15_000], source: 'field' },
    { menu: ACTIVE, commands: WRITES, ms: [500, 1_500], source: 'believed' },
    { menu: ACTIVE, commands: ['print'], ms: [200, 600], source: 'believed' },
    { menu: '/ip/hotspot/host', commands: ['print'], ms: [200, 600], source: 'believed' },
    { menu: '/queue/simple', commands: ['print'], ms: [300, 900], source: 'believed' },
    { menu: '/file', commands: [...WRITES, 'print'], ms: [500, 2_000], source: 'believed' },
    { commands: WRITES, ms: [300, 900], source: 'believed' },
    { ms: [5, 20], source: 'field' },
  ],
  // 200 fast answers, 20 ms each from then on, and stalls of 7 s: field. How often it stalls, and what
  // rest helps: believed.
  tires: { afterCommands: 200, extraMs: 20, stallEvery: 100, stallMs: 7_000 },
  restMs: 10_000,
};

/** The figures are the hAP lite's; that its sisters with the same processor are no faster is believed. */
export const SLOW_BOARDS = {
  'hap-lite': HAP_LITE,
  'hap-mini': HAP_LITE,
  'map-lite': HAP_LITE,
} satisfies Record<string, BoardCosts>;

export type SlowBoardName = keyof typeof SLOW_BOARDS;

export function isSlowBoard(name: string): name is SlowBoardName {
  return Object.hasOwn(SLOW_BOARDS, name);
}

export function costOf({ commands }: BoardCosts, menu: string, command: string): Cost | undefined {
  return commands.find(
    (cost) =>
      (cost.menu === undefined || cost.menu === menu) &&
      (cost.commands === undefined || cost.commands.includes(command)),
  );
}
