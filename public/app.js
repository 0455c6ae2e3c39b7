/* Small touches, found by data attributes. Every page works without them. */
'use strict';

/** data-refresh="address" data-every="seconds": the element's content is fetched anew, while it is looked at. */
function refresh(element) {
  const again = () => setTimeout(load, Number(element.dataset.every) * 1000);
  async function load() {
    const isBusy = document.hidden || element.contains(document.activeElement);
    if (!isBusy) {
      try {
        const answer = await fetch(element.dataset.refresh, { headers: { accept: 'text/html' } });
        if (answer.redirected) return; // signed out: the next click leads to the door
        if (answer.ok) element.innerHTML = await answer.text();
      } catch {
        // The server is away for a moment; what is shown stays.
      }
    }
    again();
  }
  again();
}

/** data-chart="address": points over time, drawn by uPlot. */
function chart(element) {
  if (!window.uPlot) return;
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--pico-color').trim() || '#888';
  const colours = ['#1f77b4', '#2ca02c'];
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
  load();
}

addEventListener('DOMContentLoaded', () => {
  document.querySelectorAll('[data-refresh]').forEach(refresh);
  document.querySelectorAll('[data-chart]').forEach(chart);
  document.querySelectorAll('[data-print]').forEach((button) => {
    button.addEventListener('click', () => print());
  });
  document.querySelectorAll('[data-file-into]').forEach((input) => {
    input.addEventListener('change', async () => {
      const [file] = input.files;
      if (file) document.getElementById(input.dataset.fileInto).value = await file.text();
    });
  });
  document.querySelectorAll('[data-needs-script]').forEach((element) => {
    element.hidden = false;
  });
});
