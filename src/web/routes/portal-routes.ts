import { Router as createRoutes, type Request, type Response } from 'express';
import ipaddr from 'ipaddr.js';
import type { HotspotHost } from '../../domain/network';
import { total } from '../../domain/usage';
import { formatDuration, formatMoney, formatRate, formatSize, rounded } from '../../domain/units';
import { InvalidInput, RouterUnreachable } from '../../errors';
import type { DeviceStatus } from '../../services/device-service';
import { describeError } from '../error-page';
import type { WebParts } from '../web-parts';

/** The customer's pages. They work without script, and tell who asks by the router's own host table. */
export function portalRoutes({ config, clock, services, controller }: WebParts) {
  const routes = createRoutes();

  routes.get('/', async (req, res) => {
    await renderForm(res, { code: textOf(req.query.code), message: textOf(req.query.error) });
  });

  routes.post('/redeem', async (req, res) => {
    const typed = textOf((req.body as { code?: unknown } | undefined)?.code);
    try {
      const host = await requester(req);
      const redeemed = await services.vouchers.redeem(typed, host);
      if (!wantsJson(req)) return res.redirect(303, '/portal/status');
      const expiresAt = redeemed.expiresAt?.toISOString() ?? null;
      return res.json({ ok: true, message: 'You are connected', code: redeemed.code, expiresAt });
    } catch (error) {
      const described = describeError(error);
      if (!described) throw error;
      res.status(described.status);
      if (wantsJson(req)) return res.json({ ok: false, message: described.message });
      return renderForm(res, { code: typed, message: described.message });
    }
  });

  routes.get('/status', async (req, res) => {
    const status = await services.devices.status(await requester(req));
    res.render('portal/status', { status: statusTexts(status, clock.now()) });
  });

  routes.get('/status.json', async (req, res) => {
    res.json(statusJson(await services.devices.status(await requester(req))));
  });

  return routes;

  async function renderForm(res: Response, form: { code: string; message: string }): Promise<void> {
    const plans = (await services.plans.list()).filter(
      (plan) => plan.public && plan.status === 'active',
    );
    res.render('portal/redeem', {
      ...form,
      plans: plans.map(({ name, terms }) => ({
        name,
        price: formatMoney(terms.price),
        validity: terms.validitySeconds === null ? '' : formatDuration(terms.validitySeconds),
        speed: formatRate(terms.rate.down),
      })),
    });
  }

  /**
   * The device that asks. Only the address of its connection counts: `mac` and `ip` in the address line
   * could be anybody's.
   */
  async function requester(req: Request): Promise<HotspotHost> {
    if (!controller) throw new RouterUnreachable('No router is set up yet');
    const address = ipaddr.process(req.socket.remoteAddress ?? '').toString();
    const host = await controller.whoIsAt(address);
    if (host) return host;
    throw new InvalidInput(
      `This device is not on ${config.shopName}'s Wi-Fi: connect to it and open this page again`,
    );
  }
}

function statusJson({ mac, voucher, decision, line, endsAt }: DeviceStatus) {
  return {
    mac,
    code: voucher?.code ?? null,
    plan: voucher?.planName ?? null,
    status: voucher?.status ?? null,
    rateUp: decision?.rate?.up ?? null,
    rateDown: decision?.rate?.down ?? null,
    reason: decision?.reason ?? null,
    usedBytes: voucher ? total(voucher.used) : 0,
    capBytes: voucher?.terms.capBytes ?? null,
    expiresAt: endsAt?.toISOString() ?? null,
    vouchers: line.map(({ code }) => code),
  };
}

function statusTexts(status: DeviceStatus, now: Date) {
  const { voucher, decision, endsAt } = status;
  if (!voucher || !decision?.rate) return undefined;
  const secondsLeft = endsAt && Math.max(0, Math.round((endsAt.getTime() - now.getTime()) / 1000));
  return {
    code: voucher.code,
    plan: voucher.planName,
    timeLeft: secondsLeft === null ? 'no end' : formatDuration(secondsLeft),
    used: formatSize(rounded(total(voucher.used))),
    cap: voucher.terms.capBytes === null ? undefined : formatSize(voucher.terms.capBytes),
    speed: `${formatRate(decision.rate.down)} down, ${formatRate(decision.rate.up)} up`,
    reason: decision.reason,
    vouchers: status.line.length,
  };
}

function wantsJson(req: Request): boolean {
  return req.accepts(['html', 'json']) === 'json';
}

/** Parameters come as text, lists or nothing; only text is of use here. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : '';
}
