import { staffInBrowser } from '../../support/browser/staff-in-browser';

/** The admin as an app on a phone. */

const staff = staffInBrowser();

interface Manifest {
  name: string;
  start_url: string;
  icons: { src: string; sizes: string }[];
}

test('the browser finds all it needs to install the admin, and it opens on who is online', async () => {
  const { shop } = staff.open.shop.app.services;
  await shop.save({ ...(await shop.form()), name: 'Aling "Nena"' }, 'keep', 'maria');
  const page = await staff.signedIn('/account');
  const devtools = await page.context().newCDPSession(page);
  const { errors, data } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  const reasons = installabilityErrors.map(({ errorId }) => errorId);
  expect(reasons.filter((one) => one !== 'in-incognito')).toEqual([]);

  const manifest = JSON.parse(data!) as Manifest;
  expect(manifest).toMatchObject({ name: 'Aling "Nena"', start_url: '/admin/bandwidth' });
  for (const { src, sizes } of manifest.icons) {
    const [width, height] = await page.evaluate(async (address) => {
      const picture = new Image();
      picture.src = address;
      await picture.decode();
      return [picture.naturalWidth, picture.naturalHeight];
    }, src);
    expect(`${width}x${height}`).toBe(sizes);
  }
  await page.goto(staff.open.address + manifest.start_url);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Online now');
  expect(staff.complaints).toEqual([]);
});
