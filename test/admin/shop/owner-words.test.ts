import { AdminShop } from '../../support/admin-shop';

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open();
});

afterEach(() => open.close());

/** What an owner reads where things are asked, refused and looked up. */
test('whose account is removed is asked, and a name is refused with what is wrong', async () => {
  const owner = await open.signedIn('owner');
  await open.signedIn('viewer', 'maria');
  const maria = (await open.shop.app.services.accounts.list()).find(
    ({ name }) => name === 'maria',
  )!;
  const asked = (await owner.post(`/admin/staff/${maria.id}/removal`)).text;
  expect(asked).toContain('Remove the account of maria?');
  expect(asked).toContain('Their actions stay in Activity.');
  const form = { name: 'Aling Nena', role: 'viewer', password: 'correct horse battery' };
  const refused = await owner.post('/admin/staff', form);
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('dots, dashes or @, no spaces');
});

test('the audit is found by the words of its page as well as by those of the books', async () => {
  const owner = await open.signedIn('owner');
  await open.shop.online();
  for (const text of ['speed limit set on the router', 'queue added']) {
    const page = await owner.get(`/admin/audit?q=${encodeURIComponent(text)}`);
    expect(page.text).toContain('<b>speed limit set on the router</b>');
    expect(page.text).not.toContain('<b>signed in</b>');
  }
});

test('the ready-made reason of a block is in the language of who blocks', async () => {
  const owner = await open.signedIn('owner');
  const { phone } = await open.shop.online();
  owner.known = 'lang=fil';
  expect((await owner.get(`/admin/bandwidth/${phone.mac}`)).text).toContain(
    'value="nakakaistorbo sa iba"',
  );
});
