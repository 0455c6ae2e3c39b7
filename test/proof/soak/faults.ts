import type { RestartableShop } from '../../support/restartable-shop';
import type { Choices } from '../chaos/random';
import type { Town } from './town';

/** What goes wrong in a week, and how often. */
export interface Fault {
  name: string;
  /** On average. */
  everyMinutes: number;
  strikes(place: RestartableShop, town: Town, choices: Choices): void;
}

const HOUR_MS = 3_600_000;
const DAY_MINUTES = 1_440;

export const FAULTS: readonly Fault[] = [
  {
    name: 'router reboots',
    everyMinutes: DAY_MINUTES,
    strikes({ simulator }, town) {
      town.loseCount();
      simulator.reboot();
    },
  },
  {
    name: 'line is cut',
    everyMinutes: DAY_MINUTES / 3,
    strikes: ({ simulator }) => simulator.dropConnections('rst'),
  },
  {
    name: 'command lost',
    everyMinutes: DAY_MINUTES / 4,
    strikes: ({ simulator }) => simulator.faults.on({}, { kind: 'answer-then-drop' }),
  },
  {
    name: 'queue deleted by hand',
    everyMinutes: DAY_MINUTES / 4,
    strikes({ simulator }, town, choices) {
      const queued = town.phones.filter(({ device }) => simulator.queueOf(device.mac));
      if (queued.length === 0) return;
      const phone = choices.one(queued);
      town.loseCount([phone]);
      simulator.run(['/queue/simple/remove', `=numbers=pisonet-${phone.device.mac}`]);
    },
  },
  {
    name: 'clock set',
    everyMinutes: DAY_MINUTES * 2,
    strikes({ clock }, _, choices) {
      const by = choices.one([-3, -1, 1, 5]) * HOUR_MS;
      clock.set(new Date(clock.now().getTime() + by).toISOString());
    },
  },
  { name: 'server ends', everyMinutes: DAY_MINUTES / 2, strikes: () => undefined },
];
