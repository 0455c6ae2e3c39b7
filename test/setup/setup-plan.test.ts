import fc from 'fast-check';
import type { RouterSnapshot } from '../../src/domain/doctor/doctor-snapshot';
import { planSetup, type Wanted } from '../../src/domain/setup/setup-plan';
import { emptyRecord, noted } from '../../src/domain/setup/setup-record';
import { PROFILE_PROPERTIES, type SetupState } from '../../src/domain/setup/setup-state';
import type { SetupChange } from '../../src/domain/setup/setup-step';
import { planUndo } from '../../src/domain/setup/setup-undo';

/** Whatever a router has, a set-up ends, and what is taken back is what was there. */

const WANTED: Wanted = {
  portalUrl: 'http://192.168.88.10:5000',
  pages: ['login.html', 'errors.txt'].map((name) => ({ name, contents: `<${name}>` })),
  hotspotServer: undefined,
  uplinkHost: '8.8.8.8',
  username: 'admin',
  loginWorks: true,
};
const portals = fc.constantFrom(WANTED.portalUrl, 'http://wifi.example.com:5000');
/** An administrator's, or what another router's set-up left in the settings. */
const logins = fc.constantFrom(
  { username: 'admin', loginWorks: true },
  { username: 'pisonet', loginWorks: false },
);

const addresses = fc.subarray(['10.5.50.0/24', '192.168.88.10/32', '192.168.88.0/24', '0.0.0.0/0']);
const profile = fc.record(
  {
    'login-by': fc
      .subarray(['cookie', 'http-chap', 'http-pap', 'mac-cookie', 'trial', 'https'])
      .map((methods) => methods.join(',')),
    'rate-limit': fc.constantFrom('', '1M/2M'),
    'html-directory': fc.constantFrom('hotspot', 'flash/hotspot', 'mine'),
    'html-directory-override': fc.constantFrom('', 'usb1/pages'),
  },
  { requiredKeys: ['login-by', 'rate-limit', 'html-directory'] },
);

/** As the doctor's look and the set-up's agree on it. */
const routers: fc.Arbitrary<SetupState> = fc
  .record({
    profiles: fc.array(profile, { minLength: 1, maxLength: 3 }),
    lists: fc.tuple(addresses, addresses),
    fastTrack: fc.array(fc.boolean(), { maxLength: 3 }),
    hasFlash: fc.boolean(),
    garden: fc.subarray(['stale', 'deny']),
    nat: fc.subarray(['wizard', 'everything', 'others']),
    ourAddress: fc.constantFrom('192.168.88.10', '10.5.50.20', undefined),
    groupPolicy: fc.option(fc.constantFrom('api,read,write,test', 'read'), { nil: undefined }),
    watched: fc.option(fc.subarray([{ id: '*1', address: '1.1.1.1' }]), { nil: undefined }),
  })
  .map((made) => {
    const { profiles, lists, fastTrack, hasFlash, garden, nat } = made;
    const { ourAddress, groupPolicy, watched } = made;
    const rule = {
      ...{ kind: 'ip' as const, disabled: false, server: '', host: '', path: '' },
      ...{ sourceAddress: '', sourceList: '', addressList: '' },
    };
    const rules = {
      stale: { address: '192.168.88.7', port: '80', allows: true, comment: 'pisonet:portal' },
      deny: { address: '', port: '', allows: false, comment: '' },
    };
    const translated = {
      wizard: { 'src-address': '10.5.50.0/24' },
      everything: {},
      others: { 'out-interface': 'ether1' },
    };
    const names = profiles.map((_, index) => `profile${index}`);
    return inStep({
      snapshot: {
        servers: names.map((name) => ({
          ...{ name, profile: name, interface: 'bridge', pool: 'p', disabled: false },
        })),
        userProfiles: [],
        limitedCalls: [],
        profileUses: [],
        foreignUsers: [],
        pools: [{ name: 'p', ranges: ['10.5.50.2-10.5.50.254'] }],
        hosts: [],
        active: [],
        bypassed: [],
        fastTrack: fastTrack.map((disabled, id) => ({
          ...{ id: `*${id}`, table: 'filter', chain: 'forward' },
          ...{ disabled, matchers: {} },
        })),
        nat: nat.map((kind, id) => ({
          ...{ id: `*${id}`, action: 'masquerade', disabled: false, comment: kind },
          matchers: translated[kind as 'wizard'],
        })),
        networks: [
          { interface: 'bridge', network: '10.5.50.0/24' },
          { interface: 'ether2', network: '192.168.88.0/24' },
        ],
        interfaceLists: [],
        dhcpServers: [],
        unread: [],
      } as unknown as RouterSnapshot,
      profiles: profiles.map((values, id) => ({ id: `*${id}`, name: names[id]!, values })),
      garden: garden.map((kind, id) => ({
        ...{ ...rule, ...rules[kind as 'stale'] },
        ...{ id: `*${id}`, protocol: 'tcp', dynamic: false },
      })),
      services: ['api', 'api-ssl'].map((name, id) => ({
        ...{ id: `*${id}`, name, addresses: lists[id]!, property: 'address' },
      })),
      hiddenServices: [],
      networks: ['192.168.88.0/24', '10.5.50.0/24'],
      ourAddress,
      accounts: [{ id: '*1', name: 'admin', group: 'full', comment: '' }],
      groups: [
        { id: '*1', name: 'full', policies: ['api', 'policy', 'ftp'], comment: '' },
        ...(groupPolicy === undefined
          ? []
          : [{ id: '*2', name: 'pisonet', policies: groupPolicy.split(','), comment: '' }]),
      ],
      watched,
      files: hasFlash
        ? [{ id: '*1', name: 'flash', isFolder: true, bytes: undefined, contents: undefined }]
        : [],
    });
  });

/** The doctor's picture of the garden follows ours. */
function inStep(state: SetupState): SetupState {
  return { ...state, snapshot: { ...state.snapshot, garden: state.garden } };
}

/** What a router makes of a change. */
function carriedOut(state: SetupState, change: SetupChange): SetupState {
  switch (change.kind) {
    case 'garden': {
      const { portal, id, beforeId } = change;
      const address = {
        ...(portal.isAddress
          ? { address: portal.host, host: '' }
          : { address: '', host: portal.host }),
        ...{ port: String(portal.port), disabled: false },
      };
      if (id !== undefined) {
        const set = state.garden.map((rule) => (rule.id === id ? { ...rule, ...address } : rule));
        return inStep({ ...state, garden: set });
      }
      const at = beforeId === undefined ? -1 : state.garden.findIndex((one) => one.id === beforeId);
      const added = {
        ...{ id: '*99', kind: 'ip' as const, allows: true, server: '', ...address },
        ...{ sourceAddress: '', sourceList: '', addressList: '', path: '' },
        ...{ protocol: 'tcp', comment: 'pisonet:portal', dynamic: false },
      };
      return inStep({ ...state, garden: state.garden.toSpliced(at < 0 ? 99 : at, 0, added) });
    }
    case 'garden address': {
      const { address, port, id, beforeId } = change;
      const portal = { host: address, port, isAddress: true };
      const made = carriedOut(state, { kind: 'garden', portal, id, beforeId });
      const isNew = (rule: SetupState['garden'][number]) =>
        id === undefined && rule.id === '*99' && rule.address === address;
      const mark = (rule: SetupState['garden'][number]) =>
        isNew(rule) ? { ...rule, id: '*98', comment: 'pisonet:portal-address' } : rule;
      return inStep({ ...made, garden: made.garden.map(mark) });
    }
    case 'remove garden':
      return inStep({ ...state, garden: state.garden.filter(({ id }) => id !== change.id) });
    case 'nat': {
      let { nat } = state.snapshot;
      for (const [index, { network, beforeId }] of change.exceptions.entries()) {
        const at = nat.findIndex(({ id }) => id === beforeId);
        nat = nat.toSpliced(at, 0, {
          ...{ id: `*N${index}`, action: 'accept', disabled: false, comment: 'pisonet:portal' },
          matchers: { 'src-address': network, 'dst-address': change.host },
        });
      }
      return { ...state, snapshot: { ...state.snapshot, nat } };
    }
    case 'remove nat': {
      const nat = state.snapshot.nat.filter(({ id }) => !change.ids.includes(id));
      return { ...state, snapshot: { ...state.snapshot, nat } };
    }
    case 'pages': {
      const { directory, makesDirectory, pages } = change;
      const common = { bytes: undefined, contents: undefined };
      const folder = { id: 'folder', name: directory, isFolder: true, ...common };
      const files = pages.map(({ name, contents }) => ({
        ...{ id: name, name: `${directory}/${name}`, isFolder: false },
        ...{ contents, bytes: contents.length },
      }));
      return { ...state, files: [...state.files, ...(makesDirectory ? [folder] : []), ...files] };
    }
    case 'remove files':
      return { ...state, files: state.files.filter(({ id }) => !change.ids.includes(id)) };
    case 'profile': {
      const set = (one: SetupState['profiles'][number]) =>
        one.id === change.id ? { ...one, values: { ...one.values, ...change.set } } : one;
      return { ...state, profiles: state.profiles.map(set) };
    }
    case 'fasttrack': {
      const ids = change.rules.map(({ id }) => id);
      const fastTrack = state.snapshot.fastTrack.map((rule) =>
        ids.includes(rule.id) ? { ...rule, disabled: change.disabled } : rule,
      );
      return { ...state, snapshot: { ...state.snapshot, fastTrack } };
    }
    case 'login': {
      const policies = ['api', 'read', 'write', 'test'];
      const group = { id: 'g', name: change.group, policies, comment: 'pisonet:api' };
      const account = { name: change.account, group: change.group, comment: 'pisonet:api' };
      return {
        ...state,
        accounts: [...state.accounts, { id: 'a', ...account }],
        groups: change.groupIsRight ? state.groups : [...state.groups, group],
      };
    }
    case 'remove login':
      return {
        ...state,
        accounts: state.accounts.filter(({ id }) => id !== change.accountId),
        groups: state.groups.filter(({ id }) => id !== change.groupId),
      };
    case 'line': {
      const others = state.watched!.filter(({ id }) => id !== change.id);
      return { ...state, watched: [{ id: change.id ?? '*9', address: change.address }, ...others] };
    }
    case 'remove line':
      return { ...state, watched: state.watched!.filter(({ id }) => !change.ids.includes(id)) };
    case 'services': {
      const services = state.services.map((service) => {
        const set = change.set.find(({ id }) => id === service.id);
        const list = set?.addresses.split(',').filter((part) => part !== '');
        return list ? { ...service, addresses: list } : service;
      });
      return { ...state, services };
    }
    default:
      return state;
  }
}

/** Values that are missing and empty ones are the same to a router. */
function plainly(state: SetupState) {
  const profiles = state.profiles.map(({ name, values }) => [
    name,
    ...PROFILE_PROPERTIES.map((property) => values[property] ?? ''),
  ]);
  return { ...state, profiles };
}

const NOBODY = { users: [], queues: [] };

test('a set-up of any router ends, and taken back after any step leaves what was there', () => {
  fc.assert(
    fc.property(routers, logins, portals, fc.nat(12), (before, login, portalUrl, stopAfter) => {
      let state = before;
      let record = emptyRecord();
      let wanted: Wanted = { ...WANTED, ...login, portalUrl };
      const previous = { username: login.username, hadPassword: true };
      let steps = 0;
      for (; steps < stopAfter; steps += 1) {
        const [step] = planSetup(state, wanted).steps;
        if (!step) break;
        record = noted(record, step, previous);
        state = carriedOut(state, step.change);
        if (step.change.kind === 'login') {
          wanted = { ...wanted, username: step.change.account, loginWorks: true };
        }
      }
      // Two steps for the garden, one for NAT, the pages, FastTrack, the line, the login, the services; one for each profile.
      expect(steps).toBeLessThanOrEqual(8 + before.profiles.length);

      for (let undone = 0; ; undone += 1) {
        const { steps: left, notes } = planUndo(state, record, NOBODY, wanted.username);
        expect(notes).toEqual([]);
        if (!left[0]) break;
        expect(undone).toBeLessThan(20);
        const { change } = left[0];
        state = carriedOut(state, change);
        if (change.kind === 'remove login') {
          wanted = { ...wanted, username: change.previousUsername ?? wanted.username };
        }
      }
      expect(plainly(state)).toEqual(plainly(before));
    }),
  );
});

test('a set-up that is complete stays complete, whatever the router has of its own', () => {
  fc.assert(
    fc.property(routers, portals, (before, portalUrl) => {
      let state = before;
      let wanted = { ...WANTED, portalUrl };
      for (const { change } of planSetup(before, wanted).steps) {
        state = carriedOut(state, change);
        if (change.kind === 'login') wanted = { ...wanted, username: change.account };
      }
      expect(planSetup(state, wanted).steps).toEqual([]);
    }),
  );
});
