import { grantedPolicies } from '../router-rights';
import { saysAbsent } from '../api/trap';
import { addStill, NOBODY, QUEUES } from './queue-questions';
import { cannotTell, type Question } from './trial-answer';
import { SERVER_PROFILES, USERS } from './trial-device';
import { TRIAL_NAME, type Workbench } from './workbench';

const GROUPS = '/user/group';
const FOLDER = 'hotspot';
/** More than old versions take, and as much as our own page may have. */
const PAGE_BYTES = 20_000;

/** What writing to other menus shows. */
export const OTHER_QUESTIONS: readonly Question<Workbench>[] = [
  {
    id: 'group-set-adds',
    question: 'Does setting the policy of a group add rights, and take none away?',
    ask: async (bench) => {
      const group = await bench.add(GROUPS, `=name=${TRIAL_NAME}`, '=policy=read,test');
      await bench.write(`${GROUPS}/set`, `=.id=${group}`, '=policy=read');
      const { policy } = await bench.row(GROUPS, 'policy', group);
      return { is: grantedPolicies(policy).includes('test') };
    },
  },
  {
    id: 'flash-in-front',
    question: 'Does html-directory read back with flash/ in front of what was written?',
    ask: async (bench) => {
      const words = [`=name=${TRIAL_NAME}`, `=html-directory=${FOLDER}`];
      const profile = await bench.add(SERVER_PROFILES, ...words);
      const shown = (await bench.row(SERVER_PROFILES, 'html-directory', profile))['html-directory'];
      return { is: shown?.replace(/^\//, '') === `flash/${FOLDER}` };
    },
  },
  {
    id: 'file-add',
    question: 'Can a file be made over the API, with 20,000 bytes in it?',
    ask: async (bench) => {
      const contents = 'x'.repeat(PAGE_BYTES);
      const name = `${TRIAL_NAME}.txt`;
      const trap = await bench.refused('/file/add', `=name=${name}`, `=contents=${contents}`);
      if (trap) return { is: false, ...bench.said(trap) };
      const [file] = await bench.rows('/file', 'size', `?name=${name}`);
      return { is: Number(file?.size) === PAGE_BYTES, ...(!file && { note: 'it is not there' }) };
    },
  },
  {
    id: 'remarks-on-rows',
    question: 'Does a row that does not work tell why, as .about?',
    ask: async (bench) => {
      const invalid: string[] = [];
      for (const menu of ['/ip/hotspot', QUEUES, '/ip/dhcp-server']) {
        const rows = await bench.rowsIfAny(menu, 'invalid,.about,name');
        for (const row of rows) if (row.invalid === 'true') invalid.push(row['.about'] ?? '');
      }
      if (invalid.length === 0) return cannotTell('every row works');
      return { is: invalid.some((about) => about !== '') };
    },
  },
  refused('refused-name-taken', 'Is a name that is taken refused in words we know?', 'exists', {
    command: `${QUEUES}/add`,
    words: [`=name=${TRIAL_NAME}-still-0`, `=target=${NOBODY}/32`],
    before: (bench) => addStill(bench),
  }),
  refused(
    'refused-gone',
    'Is a change of a row that is gone refused in words we know?',
    'not-found',
    {
      command: `${QUEUES}/set`,
      words: ['=.id=*FFFFF', '=max-limit=1000000/1000000'],
    },
  ),
  refused('refused-parameter', 'Is an unknown parameter refused in words we know?', 'bad-command', {
    command: `${QUEUES}/add`,
    words: [`=name=${TRIAL_NAME}-odd`, `=target=${NOBODY}/32`, '=pisonet=1'],
  }),
  refused('refused-profile', 'Is a profile nobody has refused in words we know?', 'bad-value', {
    command: `${USERS}/add`,
    words: [`=name=${TRIAL_NAME}-odd`, '=password=x', `=profile=${TRIAL_NAME}-nothing`],
  }),
  {
    id: 'refused-menu',
    question: 'Is an unknown menu refused in words we know?',
    ask: async (bench) => {
      const trap = await bench.refused('/system/pisonet-no-such-menu/set', '=a=b');
      return trap ? { is: saysAbsent(trap.routerSaid), ...bench.said(trap) } : { is: false };
    },
  },
];

/** What a trial cannot ask, and why. */
export const NOT_ASKED: readonly { id: string; question: string; note: string }[] = [
  {
    id: 'power-cut-clears-users',
    question: 'Does a power cut take what users had counted?',
    note: 'somebody has to pull the plug',
  },
  {
    id: 'dynamic-queues-first',
    question: 'Do queues of leases and PPP users come on top of the list?',
    note: 'it needs a lease or a PPP user with a rate limit',
  },
];

function refused(
  id: string,
  question: string,
  kind: string,
  given: {
    command: string;
    words: readonly string[];
    before?: (bench: Workbench) => Promise<unknown>;
  },
): Question<Workbench> {
  return {
    id,
    question,
    ask: async (bench) => {
      await given.before?.(bench);
      const trap = await bench.refused(given.command, ...given.words);
      return trap ? { is: trap.kind === kind, ...bench.said(trap) } : { is: false };
    },
  };
}
