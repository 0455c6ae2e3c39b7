/* Small touches, found by data attributes, beside those of htmx. Every page works without them. */
'use strict';

/** How long to let a server be that has just refused a stream: it may be starting. */
const REST_MS = 30_000;
/** Streams by their address: one for all parts of a page that want the same. */
const streams = new Map();
/** So long after the last move of a pointer nobody is about to press anything. */
const STILL_MS = 1_500;

/** What this script says in the language of the page; without any it is English. */
const texts = JSON.parse(document.querySelector('meta[name=texts]')?.content ?? '{}');
const t = (text) => texts[text] ?? text;

/** data-stream="address": what the server pushes under the name in data-part is shown as it comes. */
function follow(element, name, show) {
  const address = element.dataset.stream;
  if (!streams.has(address)) streams.set(address, { address, parts: [], source: null });
  streams.get(address).parts.push({ element, name, show });
  openOrClose(streams.get(address));
}

/** Open while somebody looks: browsers have few connections to one server, and tabs are forgotten. */
function openOrClose(stream) {
  stream.parts = stream.parts.filter(({ element }) => element.isConnected);
  if (document.hidden || stream.parts.length === 0) {
    stream.source?.close();
    stream.source = null;
  } else {
    stream.source ??= listen(stream);
  }
}

function listen(stream) {
  const source = new EventSource(stream.address);
  for (const name of ['view', 'online', 'chart']) {
    source.addEventListener(name, (event) => {
      if (stream.isRefused) say('');
      stream.isRefused = false;
      openOrClose(stream);
      const parts = stream.parts.filter((part) => part.name === name);
      for (const { show } of parts) show(JSON.parse(event.data));
    });
  }
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    stream.isRefused = true;
    say(t('Live updates stopped. Reload the page to see the latest.'));
    setTimeout(() => {
      if (stream.source === source) stream.source = null;
      openOrClose(stream);
    }, REST_MS);
  });
  return source;
}

/**
 * What is pushed takes the element's place, but nobody's row moves away under a finger or a pointer, and what
 * was pressed waits for its answer where it stands. What is the same as before is left alone: readers of the
 * screen would be told again.
 */
function live(element) {
  let shown = null;
  let latest = null;
  let asking = 0;
  let isHeld = false;
  let movedAt = -Infinity;
  let timer;
  const put = () => {
    clearTimeout(timer);
    if (latest === null || latest === shown) return;
    const restMs = movedAt + STILL_MS - performance.now();
    if (restMs > 0) timer = setTimeout(put, restMs);
    const focused = document.activeElement;
    const isFocused = focused !== element && element.contains(focused);
    if (restMs > 0 || isHeld || asking > 0 || isFocused) return;
    element.innerHTML = shown = latest;
    window.htmx?.process(element);
  };
  const moved = () => {
    movedAt = performance.now();
  };
  const hold = (held) => () => {
    isHeld = held;
    moved();
    put();
  };
  element.addEventListener('pointermove', moved);
  element.addEventListener('pointerdown', hold(true));
  for (const end of ['pointerup', 'pointercancel']) addEventListener(end, hold(false));
  element.addEventListener('focusout', () => setTimeout(put));
  element.addEventListener('htmx:beforeRequest', () => (asking += 1));
  element.addEventListener('htmx:afterRequest', () => {
    asking -= 1;
    shown = latest = null; // the answer took its place
  });
  follow(element, element.dataset.part ?? 'view', (html) => {
    latest = html;
    put();
  });
}

/** data-shrink="bytes": a picture that is larger is made smaller before it is sent. */
async function shrink(input) {
  const most = Number(input.dataset.shrink);
  const [file] = input.files;
  if (!file || file.size <= most || !window.createImageBitmap) return;
  const picture = await createImageBitmap(file);
  const canvas = document.createElement('canvas');
  for (let side = 256; side >= 32; side /= 2) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    if (!blob || blob.size > most) continue;
    const files = new DataTransfer();
    files.items.add(new File([blob], 'logo.png', { type: 'image/png' }));
    input.files = files.files;
    return;
  }
}

/** data-chart: points over time, pushed and drawn by uPlot. */
function chart(element) {
  if (!window.uPlot) return;
  const style = getComputedStyle(document.documentElement);
  const colorOf = (name) => style.getPropertyValue(name).trim() || '#888';
  const ink = colorOf('--soft');
  const colors = [colorOf('--chart-down'), colorOf('--chart-up')];
  let plot;
  const words = (value) => {
    for (const [unit, size] of [
      ['G', 1e9],
      ['M', 1e6],
      ['K', 1e3],
    ]) {
      if (value >= size) return `${Math.round((value / size) * 10) / 10}${unit}`;
    }
    return String(Math.round(value));
  };
  // The shop's clock, as on every page, wherever the owner is.
  const timeZone = element.dataset.zone;
  const times = (_plot, moments, _axis, _space, stepSeconds) => {
    const second = stepSeconds < 60 ? '2-digit' : undefined;
    const format = { timeZone, hour: '2-digit', minute: '2-digit', second, hourCycle: 'h23' };
    return moments.map((at) => new Date(at * 1000).toLocaleTimeString('en', format));
  };
  function draw({ series, points }) {
    if (plot) return plot.setData(points);
    if (points[0].length < 2) return; // one moment is no line yet
    const axis = { stroke: ink, grid: { stroke: 'rgba(127,127,127,.2)' } };
    element.querySelector('[data-until-drawn]')?.remove();
    plot = new window.uPlot(
      {
        width: element.clientWidth,
        height: 200,
        tzDate: (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), timeZone),
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1000)] } },
        axes: [
          { ...axis, space: 70, values: times },
          { ...axis, size: 60, values: (_plot, values) => values.map(words) },
        ],
        legend: { show: false }, // the page has its own
        series: [
          {},
          ...series.map((label, index) => ({
            label,
            stroke: colors[index],
            fill: `${colors[index]}22`,
            width: 2,
            points: { show: false },
          })),
        ],
      },
      points,
      element,
    );
    addEventListener('resize', () => plot.setSize({ width: element.clientWidth, height: 200 }));
  }
  follow(element, 'chart', draw);
}

/** data-sheet: the page it links to opens over this one, where the browser can do that. */
document.addEventListener('click', async (event) => {
  const link = event.target.closest('a[data-sheet]');
  const sheet = document.getElementById('sheet');
  if (
    !link ||
    !window.htmx ||
    !sheet?.showModal ||
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey
  )
    return;
  event.preventDefault();
  sheet.lastElementChild.replaceChildren();
  const place = { target: sheet.lastElementChild, select: '#device', swap: 'innerHTML' };
  await window.htmx.ajax('GET', link.href, place);
  if (!sheet.isConnected || sheet.lastElementChild.childElementCount === 0) return;
  const byKeyboard = link.matches(':focus-visible');
  sheet.showModal();
  sheet.addEventListener('close', () => backTo(link, byKeyboard), { once: true });
});

/**
 * A sheet is closed. The keyboard goes on from the link that opened it, or from what was pushed in its place;
 * a finger from nowhere, since a list in which something has the focus stands still.
 */
function backTo(link, byKeyboard) {
  if (!byKeyboard) return link.blur();
  if (link.isConnected) return; // the browser did it
  document.querySelector(`a[data-sheet][href="${CSS.escape(link.getAttribute('href'))}"]`)?.focus();
}

/** Everything below an element that comes new into the page, and itself. */
function all(root, selector, use) {
  if (root.matches(selector)) use(root);
  root.querySelectorAll(selector).forEach(use);
}

function prepare(root) {
  all(root, '[data-stream]:not([data-chart])', live);
  all(root, '[data-chart]', chart);
  // The browser keeps what was typed and ticked; the address alone would open the page afresh.
  all(root, '[data-back]', (link) =>
    link.addEventListener('click', (event) => {
      event.preventDefault();
      history.back();
    }),
  );
  // On a phone the pages of a place may be more than fit.
  all(root, '.sub [aria-current]', (link) =>
    link.scrollIntoView({ inline: 'center', block: 'nearest' }),
  );
  all(root, '[data-print]', (button) => button.addEventListener('click', () => print()));
  all(root, '[data-print-now]', () => print());
  all(root, '[data-share]', (link) => {
    if (!navigator.share) return; // the link itself opens a text message
    link.addEventListener('click', (event) => {
      event.preventDefault();
      navigator.share({ text: link.dataset.share }).catch(() => undefined); // closed without sending
    });
  });
  all(root, '[data-copy]', (button) => {
    if (!navigator.clipboard) return; // only on https and on this machine
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = t('Copied');
    });
  });
  all(root, '[data-file-into]', (input) => {
    input.addEventListener('change', async () => {
      const [file] = input.files;
      if (file) document.getElementById(input.dataset.fileInto).value = await textOf(file);
    });
  });
  all(root, '[data-shrink]', (input) => {
    input.addEventListener('change', () => shrink(input).catch(() => undefined)); // the server says it too
  });
  all(root, '[data-fill]', (button) => {
    button.addEventListener('click', () => {
      const field = document.getElementById(button.dataset.fill);
      field.value = button.value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
  });
  all(root, '[data-needs-script]', (element) => {
    element.hidden = false;
  });
}

/** Spreadsheets save in what their Windows speaks: UTF-16 where they say so, else Windows-1252 where it is not UTF-8. */
async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mark = bytes[0] * 256 + bytes[1];
  if (mark === 0xfffe) return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 0xfeff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

// Where htmx is, it tells what comes new into the page; the printed sheets go without.
if (window.htmx) htmx.onLoad(prepare);
else addEventListener('DOMContentLoaded', () => prepare(document.body));

// A page that comes back from the browser's memory still has the key of the last sale.
addEventListener('pageshow', (event) => {
  if (event.persisted && document.querySelector('[name="order_key"]')) location.reload();
});

document.addEventListener('visibilitychange', () => streams.forEach(openOrClose));

// `/` searches from every page, unless something is being typed.
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, textarea, select, [contenteditable]')) return;
  const input = document.querySelector('[data-find]');
  if (!input) return;
  event.preventDefault();
  // A phone has only the button, which opens the page of the search.
  if (input.checkVisibility()) input.focus();
  else input.form.requestSubmit();
});

/** data-find's answers: one that is linked to is opened. */
function openAnswer() {
  const answer = location.hash && document.getElementById(location.hash.slice(1));
  if (answer instanceof HTMLDetailsElement) answer.open = true;
}
addEventListener('hashchange', openAnswer);
addEventListener('DOMContentLoaded', openAnswer);

/** Words at the top of the page; none takes them away. */
function say(words) {
  const notice = document.createElement('p');
  notice.className = 'notice bad';
  notice.setAttribute('role', 'alert');
  notice.textContent = words;
  document.getElementById('messages').replaceChildren(...(words ? [notice] : []));
}

document.addEventListener('htmx:beforeSwap', (event) => {
  const { xhr, isError } = event.detail;
  if (xhr.status === 401 || new URL(xhr.responseURL).pathname === '/admin/sign-in') {
    // Who was signed out meanwhile is led to the door and back, instead of seeing a piece of it.
    event.detail.shouldSwap = false;
    location.reload();
  } else if (isError && !xhr.responseText.includes('id="content"')) {
    // Not a page of ours, so there is no piece of it to show.
    event.detail.shouldSwap = false;
    const text = t(
      'The server could not answer as it should ({1}). Reload the page to see the latest.',
    );
    say(text.replace('{1}', xhr.status));
  }
});

// What was pressed in a sheet is answered on the page below it.
document.addEventListener('htmx:afterRequest', (event) => {
  event.detail.requestConfig.elt.closest('dialog')?.close();
});

// Where what was pressed is gone, the keyboard goes on from what took its place.
document.addEventListener('htmx:afterSwap', (event) => {
  const { target, requestConfig } = event.detail;
  if (!requestConfig.elt.isConnected && document.activeElement === document.body) target.focus();
});

document.addEventListener('htmx:sendError', (event) => {
  say(
    event.detail.requestConfig.verb === 'get'
      ? t('The server is not answering. Try again in a moment.')
      : t('The server did not answer, so it may or may not be done. Reload the page to check.'),
  );
});
