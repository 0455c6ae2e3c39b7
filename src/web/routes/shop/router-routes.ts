import type { Request, Response } from 'express';
import { isHealthy } from '../../../domain/doctor/doctor';
import type { Finding } from '../../../domain/doctor/doctor-finding';
import { fixText, SEVERITY_TEXT } from '../../../format/finding-text';
import { rightsText, skewText, wanText } from '../../../format/router-text';
import { AppError, Conflict } from '../../../errors';
import { keyOf, type Doctor } from '../../../services/router/doctor';
import type { RouterFindings, RouterOverview } from '../../../services/router/router-overview';
import { reportText } from '../../../services/router/router-reports';
import type { Services } from '../../../services/services';
import type { StaffAccount } from '../../../store/staff/account-store';
import { isConfirmed } from '../../staff/confirmation';
import { field } from '../../http/forms';
import { hiding } from '../../staff/hidden-codes';
import type { StaffPages } from '../../staff/staff-pages';
import { flash, redirectWith } from '../../staff/staff-sessions';
import type { WebParts } from '../../http/web-parts';
import { durationText, sizeText, timeText } from '../../format/web-format';
import { say } from '../../../text';

const PAGE = '/admin/router';

/** Does the router answer, how is it, and what on it would break the shop? */
export function routerRoutes(pages: StaffPages, { config, services }: WebParts): void {
  const address = config.router && `${config.router.host}:${config.router.port}`;
  const { doctor, routerOverview } = services;

  pages.get('/router', 'viewer', async (_req, res) => {
    const { timeZone } = services.shop.get();
    const [test, found] = await Promise.all([
      testOf(routerOverview, timeZone),
      reportOf(doctor, timeZone),
    ]);
    const report = found && (await withoutCodes(found, res, services));
    const isSetUp = await services.firstSteps.isSetUp();
    res.render('admin/router/router', { address, ...test, report, isSetUp });
  });

  pages.post('/router/repair', 'owner', (req, res, me) => repair(req, res, me, doctor, PAGE));

  pages.post('/router/report', 'owner', async (_req, res) => {
    const first = services.routers.all.find(({ id }) => id === 0);
    const report = await services.routerReports.read(first);
    const name = `router-report-${report.date}.json`;
    res.type('application/json').attachment(name).send(reportText(report));
  });
}

/** Mends one finding, after asking. @param back the page of its router */
export async function repair(
  req: Request,
  res: Response,
  me: StaffAccount,
  doctor: Doctor | undefined,
  back: string,
): Promise<void> {
  const key = field(req, 'finding');
  const finding = (await doctor?.examine())?.find((one) => one.repair && keyOf(one) === key);
  if (!doctor || !finding) throw new Conflict('That is already fixed: reload the page');
  const confirmed = isConfirmed(req, res, {
    title: `Fix this on the router: ${finding.title}?`,
    text: `${finding.meaning} What is done: ${fixText(finding)}`,
    button: 'Fix it',
    back,
  });
  if (!confirmed) return;
  const { fixed } = await doctor.treat(me.name, (one) => keyOf(one) === key);
  const isFixed = fixed.some((one) => keyOf(one) === key);
  if (isFixed) return redirectWith(req, res, back, say`Fixed: ${finding.title}`);
  flash(req, 'bad', say`Still not fixed: ${finding.title}`);
  res.redirect(303, back);
}

/** What a router answers to a test of the connection; or why it does not, and what it said last. */
export async function testOf({ tested }: Pick<RouterOverview, 'tested'>, timeZone: string) {
  try {
    const found = await tested.read();
    return { away: '', asOf: '', notes: found.notes, facts: factsOf(found) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { last } = tested;
    return {
      away: error.text,
      asOf: last ? timeText(last.at, timeZone) : '',
      notes: [],
      facts: last ? factsOf(last.value) : [],
    };
  }
}

function factsOf(found: RouterFindings): [name: string, value: string][] {
  return [
    ['Name', found.name],
    ['RouterOS', found.version],
    ['Board', found.board],
    ['Serial number', found.serial ?? 'none'],
    ['Running for', durationText(found.uptimeSeconds)],
    ['Its clock', `${found.clock} (${found.clockZone}), ${skewText(found.clockSkewSeconds)}`],
    ['Internet line', wanText(found.wan)],
    ['Rights of this program', rightsText(found.missingRights)],
    ['CPU load', `${found.cpuLoadPercent} %`],
    ['Free memory', sizeText(found.freeMemoryBytes)],
    ['Hotspot servers', found.hotspotServers.map(serverText).join(', ') || 'none'],
  ];
}

/** The doctor's findings; or why there are none, and the last ones. `undefined` if there is no router. */
export async function reportOf(doctor: Pick<Doctor, 'examined'> | undefined, timeZone: string) {
  try {
    const findings = await doctor?.examined.read();
    const rows = findings?.map(findingRow);
    return findings && { healthy: isHealthy(findings), rows, trouble: '', asOf: '' };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const last = doctor?.examined.last;
    return {
      healthy: false,
      rows: last?.value.map(findingRow) ?? [],
      trouble: error.text,
      asOf: last && last.value.length > 0 ? timeText(last.at, timeZone) : '',
    };
  }
}

/** Of findings that name codes, as whoever reads the page may see them. */
export async function withoutCodes<R extends { rows?: readonly { title: string }[] | undefined }>(
  report: R,
  res: Response,
  { vouchers }: Pick<Services, 'vouchers'>,
): Promise<R> {
  const rows = report.rows ?? [];
  const titles = rows.map(({ title }) => title);
  const hide = await hiding(res, vouchers, titles);
  return { ...report, rows: rows.map((row) => ({ ...row, title: hide(row.title) })) };
}

const TONES: Record<Finding['severity'], string> = { error: ' bad', warning: ' warn', info: '' };

function findingRow(finding: Finding) {
  const { severity, title, meaning, repair } = finding;
  return {
    tone: TONES[severity],
    severity: SEVERITY_TEXT[severity],
    ...{ title, meaning, fix: fixText(finding) },
    repair: repair ? keyOf(finding) : '',
  };
}

function serverText(server: { name: string; interface: string; disabled: boolean }): string {
  return `${server.name} on ${server.interface}${server.disabled ? ' (disabled)' : ''}`;
}
