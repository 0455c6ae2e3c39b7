/* Small touches, found by data attributes. Every page works without them. */
'use strict';

/** Streams by their address: one for all parts of a page that want the same. */
const streams = new Map();

/**
 * data-stream="address": what the server pushes under this name is shown as it comes. Where there are no
 * streams, or not any more, the page asks again and again.
 */
function follow(element, name, show, poll) {
  if (!window.EventSource) return poll();
  const address = element.dataset.stream;
  if (!streams.has(address))
    streams.set(address, { address, parts: [], source: null, isOver: false });
  streams.get(address).parts.push({ name, show, poll });
}

/** Open while somebody looks: browsers have few connections to one server, and tabs are forgotten. */
function openOrClose(stream) {
  if (stream.isOver) return;
  if (document.hidden) {
    stream.source?.close();
    stream.source = null;
  } else {
    stream.source ??= listen(stream);
  }
}

function listen(stream) {
  const source = new EventSource(stream.address);
  for (const { name, show } of stream.parts) {
    source.addEventListener(name, (event) => show(JSON.parse(event.data)));
  }
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    stream.isOver = true; // the server refuses it
    for (const { poll } of stream.parts) poll();
  });
  return source;
}

/** data-refresh="address" data-every="seconds": the element's content is fetched anew, while it is looked at. */
function refresh(element) {
  const show = (html) => {
    const isBusy = document.hidden || element.contains(document.activeElement);
    if (!isBusy) element.innerHTML = html;
  };
  const again = () => setTimeout(load, Number(element.dataset.every) * 1000);
  async function load() {
    try {
      if (!document.hidden) {
        const answer = await fetch(element.dataset.refresh, { headers: { accept: 'text/html' } });
        if (answer.redirected) return; // signed out: the next click leads to the door
        if (answer.ok) show(await answer.text());
      }
    } catch {
      // The server is away for a moment; what is shown stays.
    }
    again();
  }
  if (element.dataset.stream) follow(element, 'view', show, again);
  else again();
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

/** data-chart="address": points over time, drawn by uPlot; pushed where there are streams. */
function chart(element) {
  if (!window.uPlot) return;
  const style = getComputedStyle(document.documentElement);
  const colourOf = (name) => style.getPropertyValue(name).trim() || '#888';
  const ink = colourOf('--pico-color');
  const colours = [colourOf('--down'), colourOf('--up')];
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
  async function load() {
    if (!document.hidden) {
      try {
        const answer = await fetch(element.dataset.chart, {
          headers: { accept: 'application/json' },
        });
        if (!answer.ok || answer.redirected) return;
        draw(await answer.json());
      } catch {
        // Tried again below.
      }
    }
    setTimeout(load, Number(element.dataset.every) * 1000);
  }
  function draw({ series, points }) {
    if (plot) return plot.setData(points);
    if (points[0].length < 2) return; // one moment is no line yet
    const axis = { stroke: ink, grid: { stroke: 'rgba(127,127,127,.2)' } };
    element.querySelector('[data-until-drawn]')?.remove();
    plot = new window.uPlot(
      {
        width: element.clientWidth,
        height: 200,
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1000)] } },
        axes: [axis, { ...axis, size: 60, values: (_plot, values) => values.map(words) }],
        series: [
          {},
          ...series.map((label, index) => ({
            label,
            stroke: colours[index],
            width: 2,
            value: (_plot, value) => (value === null ? '–' : words(value)),
          })),
        ],
      },
      points,
      element,
    );
    addEventListener('resize', () => plot.setSize({ width: element.clientWidth, height: 200 }));
  }
  if (element.dataset.stream) follow(element, 'chart', draw, load);
  else load();
}

addEventListener('DOMContentLoaded', () => {
  document.querySelectorAll('[data-refresh]').forEach(refresh);
  document.querySelectorAll('[data-chart]').forEach(chart);
  streams.forEach(openOrClose);
  document.addEventListener('visibilitychange', () => streams.forEach(openOrClose));
  document.querySelectorAll('[data-print]').forEach((button) => {
    button.addEventListener('click', () => print());
  });
  document.querySelectorAll('[data-file-into]').forEach((input) => {
    input.addEventListener('change', async () => {
      const [file] = input.files;
      if (file) document.getElementById(input.dataset.fileInto).value = await file.text();
    });
  });
  document.querySelectorAll('[data-shrink]').forEach((input) => {
    input.addEventListener('change', () => shrink(input).catch(() => undefined)); // the server says it too
  });
  document.querySelectorAll('[data-needs-script]').forEach((element) => {
    element.hidden = false;
  });
});
