import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** The browser is a guest of the tests: no sandbox as root, and no requests of its own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

type Pages = Pick<Browser, 'newContext' | 'newPage'>;

/**
 * A headless Chromium for the tests of a file; what a test opened in it is closed after the test. Installing
 * it, where it has to be, takes a minute.
 */
export function browserOfTests(): Pages {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = findChromium();
    browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  }, 300_000);
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(() => browser.close());
  return {
    newContext: (options) => browser.newContext(options),
    newPage: (options) => browser.newPage(options),
  };
}

/** @throws one line that says what to install */
function findChromium(): string {
  const found = installedChromium() ?? (installChromium() ? installedChromium() : undefined);
  if (found) return found;
  throw new Error(
    'The browser tests need Chromium: run "apt-get install chromium" as root, or set CHROMIUM to its path',
  );
}

function installedChromium(): string | undefined {
  return [process.env.CHROMIUM ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));
}

/** Only where it cannot surprise anybody: as root on Debian, which is a container or a test machine. */
function installChromium(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false;
  // Two test files may want it at once: the lock lets one install, and the other find it installed.
  const install =
    'flock /tmp/pisonet-chromium.lock sh -c "apt-get update && ' +
    'apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 chromium"';
  const { status } = spawnSync('sh', ['-c', install], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}
