import { BareRouter, ADMIN } from '../support/router/bare-router';

/** Somebody takes the name of our account while the set-up is under way: the router says that it exists. */

let bare: BareRouter;
afterEach(() => bare.close());

test.each(['6.49.18', '7.19.4'])(
  '%s: the step ends in the words of the router, nobody is locked out, and the next try takes another name',
  async (version) => {
    bare = await BareRouter.open({ version });
    const kept = { ...bare.settings };
    const { faults } = bare.simulator;
    const taken = () => bare.run('/user/add', '=name=pisonet', '=group=read', '=password=his');
    faults.on({ menu: '/user', command: 'add' }, { kind: 'meanwhile', does: taken });
    const { failed } = await bare.apply();
    expect(failed).toMatchObject({ step: { id: 'login' } });
    expect(String(failed!.reason)).toContain('user with the same name already exists');
    expect(bare.settings).toEqual(kept);

    await bare.restart();
    expect((await bare.apply(ADMIN)).failed).toBeNull();
    expect(bare.settings.MIKROTIK_USERNAME).toBe('pisonet-2');
    const his = bare.simulator.rows('/user').find(({ name }) => name === 'pisonet');
    expect(his).toMatchObject({ group: 'read' });
  },
);
