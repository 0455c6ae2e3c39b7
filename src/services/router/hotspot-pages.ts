import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HotspotPage {
  name: string;
  contents: string;
}

// Beside the sources in development, beside the compiled files in the build.
const TEMPLATES = join(__dirname, '..', '..', '..', 'hotspot');
const STYLE = '_style.css';
// Read at the start: a build that replaces them later does not affect a running server.
const TEXTS = Object.fromEntries(
  readdirSync(TEMPLATES)
    .sort()
    .map((name) => [name, readFileSync(join(TEMPLATES, name), 'utf8')]),
);

/**
 * The pages for the router's hotspot folder: they send customers to our portal, and work by themselves while
 * it is down. The router fills in `$(...)`.
 * @param portalUrl how customers reach us, without a slash at the end
 * @param key of the router, for its customers' links; the only one needs none
 */
export function hotspotPages(portalUrl: string, shopName: string, key?: string): HotspotPage[] {
  const { [STYLE]: style = '', ...pages } = TEXTS;
  const fillings: Record<string, string> = {
    portal: asText(portalUrl),
    shop: asText(shopName),
    query: key === undefined ? '' : `?r=${key}`,
    key: key === undefined ? '' : `r=${key}&amp;`,
    style: style.trim(),
  };
  return Object.entries(pages).map(([name, text]) => ({
    name,
    contents: text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => fillings[key]!),
  }));
}

/** Displayed literally by browsers and by the router, where a dollar sign begins a variable. */
function asText(text: string): string {
  return text.replaceAll(/[&<>"'$\\]/g, (character) => `&#${character.charCodeAt(0)};`);
}
