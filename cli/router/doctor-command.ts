import { PISONET } from '../../src/command-line';
import { fixText, SEVERITY_TEXT } from '../../src/format/finding-text';
import { isHealthy } from '../../src/domain/doctor/doctor';
import { NOT_LOOKED_AT, type Finding } from '../../src/domain/doctor/doctor-finding';
import type { Treatment } from '../../src/services/router/doctor';
import { actor } from '../shell/actor';
import { command, flag } from '../shell/command';
import { needRouter, ROUTER } from '../shell/router-access';
import { wrapped } from '../shell/text-table';

export const doctor = command({
  name: 'doctor',
  summary: 'Check the router for what would cost the shop money, and say how to fix it',
  example: 'doctor --fix',
  parameters: {
    router: ROUTER,
    fix: flag('--fix', 'fix what is safe to fix, after asking'),
    yes: flag('--yes', 'do not ask'),
  },
  question: async (app, { fix, yes, router }) => {
    if (!fix || yes) return undefined;
    const safe = (await needRouter(app, router).doctor.examine()).filter(({ repair }) => repair);
    if (safe.length === 0) return undefined;
    return `Fix this on the router: ${safe.map(({ title }) => title).join('; ')}?`;
  },
  run: async (app, { fix, router }): Promise<Treatment & { treated: boolean }> => {
    const patient = needRouter(app, router).doctor;
    if (fix) return { ...(await patient.treat(actor())), treated: true };
    return { fixed: [], findings: await patient.examine(), treated: false };
  },
  json: ({ findings, fixed, treated }) => ({
    healthy: isHealthy(findings),
    findings: findings.map(findingJson),
    ...(treated && { fixed: fixed.map(findingJson) }),
  }),
  text: ({ findings, fixed }) =>
    [
      ...fixed.map(({ title }) => wrapped(`Fixed: ${title}`)),
      ...(isHealthy(findings) ? ['The router is healthy: nothing would break the shop.'] : []),
      ...findings.map(findingText),
    ].join('\n\n'),
  failure: ({ findings }) => {
    if (isHealthy(findings)) return undefined;
    const now = findings.filter(({ severity }) => severity === 'error').length;
    const unseen = findings.filter(({ id }) => id === NOT_LOOKED_AT).length;
    const later = findings.filter(({ severity }) => severity === 'warning').length - unseen;
    return [
      ...(now > 0 ? [`${now} of these ${now === 1 ? 'loses' : 'lose'} money`] : []),
      ...(later > 0
        ? [`${later} ${later === 1 ? 'warning: it' : 'warnings: they'} can cost you money`]
        : []),
      ...(unseen > 0 ? ['the router did not show everything'] : []),
    ].join(', ');
  },
});

function findingJson({ id, severity, title, meaning, repair, ...finding }: Finding) {
  return { id, severity, title, meaning, fix: fixText(finding), fixable: repair !== undefined };
}

function findingText({ severity, title, meaning, repair, ...finding }: Finding): string {
  const automatic = repair ? ` Or let this program do it: ${PISONET} doctor --fix` : '';
  return [
    wrapped(`${SEVERITY_TEXT[severity]}: ${title}`),
    wrapped(meaning, 2),
    wrapped(`How to fix: ${fixText(finding)}${automatic}`, 2),
  ].join('\n');
}
