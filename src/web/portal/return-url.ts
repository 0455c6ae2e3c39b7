/** Addresses phones ask to find out whether they are online; nobody wants to go there. */
const PROBES =
  /(^|\.)(captive\.apple\.com|connectivitycheck\.\w+\.com|msftconnecttest\.com|msftncsi\.com|detectportal\.firefox\.com)$|generate_204/i;

/**
 * Where the customer wanted to go before the portal came up, as a plain link and never as a redirect:
 * anybody can write this parameter. `undefined` for anything but a web page of another site.
 * @param ours our host names, with the port if there is one
 */
export function returnUrl(
  typed: string,
  ours: readonly (string | undefined)[],
): { href: string; host: string } | undefined {
  if (!/^https?:\/\//i.test(typed) || !URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  const isOurs = ours.some((own) => own !== undefined && nameOf(own) === url.hostname);
  if (isOurs || url.username !== '' || url.password !== '') return undefined;
  if (PROBES.test(url.hostname) || PROBES.test(url.pathname)) return undefined;
  return { href: url.href, host: url.host };
}

function nameOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
}
