import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HotspotPage {
  name: string;
  contents: string;
}

// Beside the sources in development, beside the compiled files in the build.
const TEMPLATES = join(__dirname, '..', '..', '..', 'hotspot');
const STYLE = '_style.css';
// Read at the start: a build that replaces them later changes no running server.
const TEXTS = Object.fromEntries(
  readdirSync(TEMPLATES)
    .sort()
    .map((name) => [name, readFileSync(join(TEMPLATES, name), 'utf8')]),
);

/**
 * The pages that go into the router's hotspot folder: they hand customers over to our portal, and help
 * themselves while it is away. What stands in `$(...)` is filled in by the router.
 * @param portalUrl how customers reach us, without a slash at the end
 */
export function hotspotPages(portalUrl: string, shopName: string): HotspotPage[] {
  const { [STYLE]: style = '', ...pages } = TEXTS;
  const fillings: Record<string, string> = {
    portal: asText(portalUrl),
    shop: asText(shopName),
    style: style.trim(),
  };
  return Object.entries(pages).map(([name, text]) => ({
    name,
    contents: text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => fillings[key]!),
  }));
}

/** Shown as it is, by browsers and by the router, for which a dollar sign begins a variable. */
function asText(text: string): string {
  return text.replaceAll(/[&<>"'$\\]/g, (character) => `&#${character.charCodeAt(0)};`);
}
