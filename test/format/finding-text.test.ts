import { PISONET } from '../../src/command-line';
import { fixText } from '../../src/format/finding-text';

test.each([
  [{ fix: 'Look again.' }, 'Look again.'],
  [{ fix: 'Renew them.', commands: ['setup'] }, `Renew them. Run: ${PISONET} setup`],
  [
    { fix: 'Say so.', commands: ['reconcile --once', 'setup'] },
    `Say so. Run: ${PISONET} reconcile --once, then: ${PISONET} setup`,
  ],
])('what to do names the commands that do it', (finding, text) => {
  expect(fixText(finding)).toBe(text);
});
