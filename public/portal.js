// What the customers' pages do by themselves. Without it they are right as well, and stand still.
(function () {
  'use strict';
  const EVERY_MS = 30000;
  const clock = document.querySelector('[data-left]');
  const form = document.querySelector('form.code');

  // 1:02:03, or 2:03
  function clockText(seconds) {
    const two = (number) => (number < 10 ? '0' : '') + number;
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    return (hours > 0 ? hours + ':' + two(minutes) : minutes) + ':' + two(seconds % 60);
  }

  if (form) {
    const button = form.querySelector('button');
    const usual = button.textContent;
    form.addEventListener('submit', function () {
      button.textContent = button.dataset.busy;
      button.disabled = true;
    });
    // Somebody came back by the browser's own button.
    window.addEventListener('pageshow', open);
    // After too many wrong codes, until the next try counts.
    const openAt = Date.now() + (form.dataset.wait || 0) * 1000;
    function open() {
      const left = Math.ceil((openAt - Date.now()) / 1000);
      button.disabled = left > 0;
      button.textContent = left > 0 ? usual + ' (' + clockText(left) + ')' : usual;
      if (left > 0) setTimeout(open, 1000);
    }
  }

  if (clock && window.fetch) {
    let end = Date.now() + clock.dataset.left * 1000;
    const soon = document.querySelector('[data-soon]');
    const shown = document.createElement('b');
    clock.replaceChildren(shown, ' ' + clock.dataset.word);
    const draw = function () {
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      shown.textContent = clockText(left);
      if (soon) soon.hidden = left > soon.dataset.soon;
    };
    // The page is loaded anew only when something else than the time has changed.
    const ask = function () {
      fetch('/portal/status.json', { headers: { accept: 'application/json' } })
        .then((answer) => (answer.ok ? answer.json() : undefined))
        .then(function (now) {
          if (!now) return;
          const isOther =
            now.state !== clock.dataset.state || now.vouchersInLine !== Number(clock.dataset.line);
          if (isOther || now.secondsLeft === null) location.reload();
          else end = Date.now() + now.secondsLeft * 1000;
        })
        .catch(() => undefined); // the next one may come through
    };
    draw();
    setInterval(draw, 1000);
    setInterval(() => document.hidden || ask(), EVERY_MS);
    document.addEventListener('visibilitychange', function () {
      if (!document.hidden) ask();
    });
  }
})();
