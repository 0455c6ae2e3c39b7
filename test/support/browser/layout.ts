import type { Page } from 'playwright-core';

/**
 * Whether a page can be read and pressed on the smallest phone, and by somebody who set letters twice as
 * large. Run in the browser, so it is text.
 */

/** What the checks share: controls that are shown, and how they are told apart in a report. */
const CONTROLS = `
  const said = (one) => one.outerHTML.replace(/\\s+/g, ' ').slice(0, 110);
  const shown = (one) => {
    const box = one.getBoundingClientRect();
    return one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) &&
      box.width > 1 && box.height > 1 && !one.closest('.hidden, .skip');
  };
  const controls = [...document.querySelectorAll('a[href], button, .button, summary, select, textarea, input:not([type=hidden])')]
    .filter(shown);
  /* A link within a sentence is as high as its line. */
  const isInText = (one) => one.localName === 'a' && getComputedStyle(one).display === 'inline' &&
    [...one.parentNode.childNodes].some((beside) => beside !== one && beside.textContent.trim() !== '');`;

/** What a finger misses: less than 44 pixels, with the label that belongs to it. */
const TOO_SMALL = `(() => { ${CONTROLS}
  return controls.filter((one) => !isInText(one))
    .map((one) => [(one.type === 'checkbox' || one.type === 'radio' ? one.closest('label') ?? one : one).getBoundingClientRect(), one])
    .filter(([box]) => Math.min(box.width, box.height) < 43.5)
    .map(([box, one]) => Math.round(box.width) + 'x' + Math.round(box.height) + ' ' + said(one));
})()`;

/** What is cut off at its own edge or the page's, and what lies on something else; rows that scroll may. */
const CLIPPED = `(() => { ${CONTROLS}
  const scrolls = (one) => one.closest('.sub, .ranges, pre, .scroll') !== null;
  const floats = (one) => {
    for (let at = one; at; at = at.parentElement) {
      if (['fixed', 'sticky'].includes(getComputedStyle(at).position)) return true;
    }
    return false;
  };
  const found = [];
  for (const one of controls) {
    const { left, right } = one.getBoundingClientRect();
    if (!scrolls(one) && (left < -1 || right > innerWidth + 1)) found.push('off the page: ' + said(one));
    const isBox = getComputedStyle(one).display !== 'inline' && !['INPUT', 'SELECT'].includes(one.tagName);
    if (isBox && (one.scrollWidth > one.clientWidth + 2 || one.scrollHeight > one.clientHeight + 2)) {
      found.push('cut off: ' + said(one));
    }
  }
  const boxes = controls.filter((one) => !scrolls(one) && !floats(one) && !isInText(one)).map((one) => [one, one.getBoundingClientRect()]);
  boxes.forEach(([one, a], index) => {
    for (const [other, b] of boxes.slice(index + 1)) {
      if (one.contains(other) || other.contains(one)) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 3) found.push('on each other: ' + said(one) + ' and ' + said(other));
    }
  });
  return found;
})()`;

const TOO_WIDE = `(() => {
  if (document.documentElement.scrollWidth <= innerWidth + 1) return [];
  const [[right, one]] = [...document.querySelectorAll('body *:not(.sub *)')]
    .map((one) => [one.getBoundingClientRect().right, one]).sort(([a], [b]) => b - a);
  return ['sticks out at the side: ' + Math.round(right) + ' ' + one.outerHTML.slice(0, 120)];
})()`;

export const tooWide = (page: Page): Promise<string[]> => page.evaluate(TOO_WIDE);

/** On the smallest phone, and on a usual one with letters twice as large; a line each. */
export async function layoutProblems(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  const look = async (where: string, check: string) => {
    const here = await page.evaluate<string[]>(check);
    found.push(...here.map((one) => `${name} (${where}): ${one}`));
  };
  await page.setViewportSize({ width: 320, height: 640 });
  await look('320', TOO_WIDE);
  await look('320', TOO_SMALL);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
  await look('large letters', TOO_WIDE);
  await look('large letters', CLIPPED);
  await page.evaluate(`document.documentElement.style.fontSize = ''`);
  return found;
}
