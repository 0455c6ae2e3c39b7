import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HotspotPage {
  name: string;
  contents: string;
}

// Beside the sources in development, beside the compiled files in the build.
const TEMPLATES = join(__dirname, '..', '..', 'hotspot');
const STYLE = '_style.css';

/**
 * The pages that go into the router's hotspot folder: they hand customers over to our portal, and help
 * themselves while it is away. What stands in `$(...)` is filled in by the router.
 * @param portalUrl how customers reach us, without a slash at the end
 */
export function hotspotPages(portalUrl: string, shopName: string): HotspotPage[] {
  const read = (name: string) => readFileSync(join(TEMPLATES, name), 'utf8');
  const style = read(STYLE).trim();
  const fillings: Record<string, string> = {
    portal: asText(portalUrl),
    shop: asText(shopName),
    style,
  };
  return readdirSync(TEMPLATES)
    .filter((name) => name !== STYLE)
    .sort()
    .map((name) => ({
      name,
      contents: read(name).replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => fillings[key]!),
    }));
}

/** Shown as it is, by browsers and by the router, for which a dollar sign begins a variable. */
function asText(text: string): string {
  return text.replaceAll(/[&<>"'$\\]/g, (character) => `&#${character.charCodeAt(0)};`);
}
