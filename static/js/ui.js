/* Progressive enhancement only: every page works with this file blocked.
   Controls that need it carry data-js; CSS removes them where scripting is off. */
(() => {
  const $$ = (s, r = document) => [...r.querySelectorAll(s)];

  // One status region per page. What polling says comes at most once in five seconds.
  let spokenAt = 0;
  const say = (message, gap = 0) => {
    const region = document.getElementById('say');
    if (!region || !message) return;
    const wait = Math.max(60, spokenAt + gap - Date.now());
    spokenAt = Date.now() + wait;
    region.textContent = '';
    setTimeout(() => { region.textContent = message; }, wait);
  };

  // The sprite's address is the server's; only the part after '#' changes.
  const icon = (button, name) => {
    const use = button.querySelector('use');
    if (use) use.setAttribute('href', `${use.getAttribute('href').split('#')[0]}#i-${name}`);
  };
  const tick = (button) => {
    icon(button, 'check');
    setTimeout(() => icon(button, 'copy'), 2000);
  };

  const copy = async (button) => {
    const value = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(value.textContent.trim());
      say(button.dataset.done);
      tick(button);
    } catch {
      getSelection().selectAllChildren(value);
    }
  };
  const show = (button) => {
    const input = document.getElementById(button.dataset.show);
    const on = input.type === 'password';
    input.type = on ? 'text' : 'password';
    button.firstElementChild.textContent = on ? button.dataset.on : button.dataset.off;
    say(on ? button.dataset.saidOn : button.dataset.saidOff);
  };
  const pause = (button) => {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', on);
    document.documentElement.toggleAttribute('data-paused', on);
    say(on ? button.dataset.pause : '');
  };
  document.addEventListener('click', (e) => {
    const button = e.target.closest('[data-copy], [data-show], [data-pause]');
    if (!button) return;
    if (button.hasAttribute('data-copy')) copy(button);
    else if (button.hasAttribute('data-show')) show(button);
    else pause(button);
  });

  // Before a form leaves: a shown password goes back to dots, so no manager or history
  // keeps it in clear; a slow button says so and does not send twice.
  document.addEventListener('submit', (e) => {
    $$('[data-show]', e.target).forEach((b) => { document.getElementById(b.dataset.show).type = 'password'; });
    const button = e.submitter;
    if (!button?.dataset.busy) return;
    if (button.getAttribute('aria-disabled') === 'true') { e.preventDefault(); return; }
    button.style.minInlineSize = `${button.offsetWidth}px`;
    button.setAttribute('aria-disabled', 'true');
    button.dataset.idle = button.textContent;
    button.textContent = button.dataset.busy;
    say(button.dataset.busy);
  });
  addEventListener('pageshow', (e) => e.persisted && $$('[data-idle]').forEach((b) => {
    b.removeAttribute('aria-disabled');
    b.textContent = b.dataset.idle;
  }));

  // Links in an error summary put the caret in the field.
  document.addEventListener('click', (e) => {
    const link = e.target.closest('.summary-bad a[href^="#"]');
    const field = link && document.querySelector(link.hash);
    if (!field) return;
    e.preventDefault();
    field.focus();
    field.closest('.field')?.scrollIntoView({ block: 'nearest' });
  });

  // Polling stops while nobody looks, while it is paused, and while focus is inside.
  document.addEventListener('htmx:beforeRequest', (e) => {
    const polled = e.detail.elt;
    if (!polled.matches('[data-poll]')) return;
    const inside = polled.contains(document.activeElement);
    const paused = document.documentElement.hasAttribute('data-paused');
    if (document.hidden || paused || inside) e.preventDefault();
  });

  // A part that says the same is left alone. A row keeps its place and its help until the
  // page is loaded anew, so that nothing moves under a reader: only its tag tells the
  // truth. Another part that holds focus waits until focus leaves it.
  const waiting = new Map();
  document.addEventListener('htmx:oobBeforeSwap', (e) => {
    const { target, fragment } = e.detail;
    const next = fragment.firstElementChild;
    const same = next?.dataset.state !== undefined && next.dataset.state === target.dataset.state;
    const row = !same && target.matches('.perm:not([hidden])');
    const inUse = !same && !row && target.contains(document.activeElement);
    if (same) waiting.delete(target);
    if (inUse) waiting.set(target, next.cloneNode(true));
    if (row) {
      const tag = next.querySelector('.tag');
      if (tag) target.querySelector('.tag')?.replaceWith(tag.cloneNode(true));
      target.classList.toggle('turn', !next.hidden);
      target.dataset.state = next.dataset.state;
    }
    if (same || row || inUse) e.detail.shouldSwap = false;
  });
  document.addEventListener('focusout', (e) => {
    for (const [target, next] of waiting) {
      if (!document.hasFocus() || target.contains(e.relatedTarget)) continue;
      waiting.delete(target);
      target.replaceWith(next);
    }
  });

  // After a navigation-like swap: focus on what [data-focus] marks, else on the h1.
  const land = (root) => {
    const target = root.querySelector('[data-focus]') || root.querySelector('h1');
    if (target) { target.tabIndex = -1; target.focus(); }
  };
  document.addEventListener('htmx:afterSettle', (e) => {
    const el = e.detail.elt;
    if (el.id === 'main') { scrollTo(0, 0); land(el); }
    const spoken = el.matches?.('[data-say]') ? el : el.querySelector?.('[data-say]');
    if (spoken) say(spoken.dataset.say, 5000);
  });

  // --- Offline: a note in the page's own words. What was sent meanwhile stays in its form
  // and goes once we are back.
  const offline = document.getElementById('offline');
  let held;
  const lost = (form, submitter) => {
    if (form) held = [form, submitter];
    if (!offline.firstChild) offline.append(document.getElementById('offline-words').content.cloneNode(true));
  };
  const back = () => fetch('/livez', { cache: 'no-store' }).then((answer) => {
    if (!answer.ok) return;
    offline.replaceChildren();
    const [form, submitter] = held || [];
    held = undefined;
    form?.requestSubmit(submitter);
  }, () => {});
  addEventListener('offline', () => lost());
  addEventListener('online', back);
  offline.addEventListener('click', (e) => e.target.closest('button') && back());
  addEventListener('submit', (e) => {
    if (navigator.onLine) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    lost(e.target, e.submitter);
  }, true);
  document.addEventListener('htmx:sendError', (e) => lost(!e.detail.elt.matches('[data-poll]') && e.detail.elt.closest('form')));
  document.addEventListener('htmx:afterRequest', (e) => e.detail.successful && offline.replaceChildren());
  if (!navigator.onLine) lost();

  // --- How long to wait, in words: looked at every ten seconds, never spoken.
  $$('[data-wait]').forEach((words) => {
    const end = Date.now() + words.dataset.wait * 1000;
    const timer = setInterval(() => {
      const left = Math.round((end - Date.now()) / 10000) * 10;
      if (left > 90) return;
      words.textContent = left > 0 ? words.dataset.each.replace('#', left) : words.dataset.over;
      if (left <= 0) clearInterval(timer);
    }, 10000);
  });

  document.querySelector('[data-focus]')?.focus();
})();
