import { durationText } from './web-format';

/** How the shop stands, in one line: what is well, or the worst that is not. */
export interface ShopState {
  kind: 'good' | 'warn' | 'bad';
  text: string;
  /** Where one can do something about it. */
  link?: { href: string; text: string };
}

/** What is known of the shop at a moment. */
export interface ShopSight {
  /** Why nothing is known of the router; `none` if there is none yet. */
  away?: string | undefined;
  /** Routers that were added and do not answer, by their names. */
  othersAway?: readonly string[];
  /** The router has run for so long. */
  uptimeSeconds?: number | undefined;
  online?: number | undefined;
  /** Whether the internet line is watched, and works; `undefined` if nobody watches it. */
  lineWorks?: boolean | undefined;
  /** Alerts that are up, apart from the one of the router that is away. */
  alerts: number;
}

export function shopState({
  away,
  othersAway = [],
  uptimeSeconds,
  online,
  lineWorks,
  alerts,
}: ShopSight): ShopState {
  if (away === 'none') {
    const text =
      'No router yet. You can already create vouchers; customers can log in once a router is connected.';
    return { kind: 'warn', text, link: { href: '/admin/router', text: 'Connect a router' } };
  }
  if (away !== undefined) {
    return {
      kind: 'bad',
      text: away,
      link: { href: '/admin/router', text: 'Test the connection' },
    };
  }
  const facts = [
    `router up ${durationText(roughly(uptimeSeconds ?? 0))}`,
    ...(lineWorks === undefined ? [] : [lineWorks ? 'internet line fine' : 'internet line down']),
    `${online} online`,
  ].join(', ');
  if (othersAway.length > 0) {
    const verb = othersAway.length === 1 ? 'does' : 'do';
    const text = `${othersAway.join(', ')} ${verb} not answer. First ${facts}`;
    return { kind: 'bad', text, link: { href: '/admin/routers', text: 'All routers' } };
  }
  if (alerts > 0) {
    const text = `${alerts === 1 ? '1 thing needs' : `${alerts} things need`} you · ${facts}`;
    return { kind: 'warn', text, link: { href: '/admin/alerts', text: 'See what' } };
  }
  return { kind: 'good', text: `All good: ${facts}` };
}

/** In its largest parts: seconds do not matter after a minute. */
function roughly(seconds: number): number {
  const step = seconds >= 86_400 ? 3_600 : seconds >= 60 ? 60 : 1;
  return seconds - (seconds % step);
}
