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
    const on = document.documentElement.toggleAttribute('data-paused');
    say(on ? button.dataset.pause : button.dataset.resume);
    if (!on) waitAll(0);
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

  // A page that answered a form counts as visited, so that Back and reload show the page
  // again and not the browser's question whether to send the form once more.
  history.replaceState(history.state, '', location.href);

  // Links in an error summary put the caret in the field.
  document.addEventListener('click', (e) => {
    const link = e.target.closest('.summary-bad a[href^="#"]');
    const field = link && document.querySelector(link.hash);
    if (!field) return;
    e.preventDefault();
    field.focus();
    field.closest('.field')?.scrollIntoView({ block: 'nearest' });
  });

  // A part that polls asks after 3 seconds and, while nothing changes, ever more rarely:
  // after 5, 10, 20. It waits while nobody looks, while it is paused, and while focus is
  // inside. Who comes back is told at once. 286 ends it.
  const GAPS = [60, 3000, 5000, 10000, 20000];
  const polls = new WeakMap();
  const ask = (part) => {
    const paused = document.documentElement.hasAttribute('data-paused');
    const asks = !document.hidden && !paused && !part.contains(document.activeElement);
    if (asks) part.dispatchEvent(new Event('poll'));
    return asks;
  };
  const wait = (part, gap = 1) => {
    clearTimeout(polls.get(part)?.timer);
    const tick = () => part.isConnected && (ask(part) || wait(part, Math.max(1, gap)));
    polls.set(part, { gap, timer: setTimeout(tick, GAPS[gap]) });
  };
  const waitAll = (gap) => $$('[data-poll]').forEach((part) => polls.has(part) && wait(part, gap));
  document.addEventListener('htmx:load', () => {
    $$('[data-poll]').forEach((part) => polls.has(part) || wait(part));
  });
  document.addEventListener('htmx:afterRequest', ({ detail: { elt: part, xhr } }) => {
    const poll = polls.get(part);
    if (!poll) waitAll(1);
    else if (xhr.status === 286) {
      clearTimeout(poll.timer);
      part.removeAttribute('data-poll');
    } else if (part.isConnected) wait(part, xhr.status === 200 ? 1 : Math.min(poll.gap + 1, 4));
  });
  document.addEventListener('visibilitychange', () => waitAll(0));
  addEventListener('focus', () => waitAll(0));

  // A part that says the same is left alone. A row keeps its place and its help until the
  // page is loaded anew, so that nothing moves under a reader: only its tag tells the
  // truth. A heading to which a submit led keeps focus while all around it is new. A part
  // that has focus itself hands it to the page; another that holds it waits until it goes.
  const waiting = new Map();
  const around = (title, next) => {
    const twin = next.querySelector(':scope > h1');
    const [before, after] = [[], []];
    for (const node of [...next.childNodes]) {
      if (node !== twin) (twin.compareDocumentPosition(node) & 2 ? before : after).push(node);
    }
    for (const node of [...title.parentNode.childNodes]) node === title || node.remove();
    title.className = twin.className;
    title.replaceChildren(...twin.childNodes);
    title.before(...before);
    title.after(...after);
    title.parentNode.dataset.state = next.dataset.state;
  };
  document.addEventListener('htmx:oobBeforeSwap', (e) => {
    const { target, fragment } = e.detail;
    const next = fragment.firstElementChild;
    const same = next?.dataset.state !== undefined && next.dataset.state === target.dataset.state;
    const row = !same && target.matches('.perm:not([hidden])');
    const held = document.activeElement;
    const title = !same && held.matches('h1') && held.parentNode === target ? held : null;
    const inUse = !same && !row && !title && target !== held && target.contains(held);
    if (target === held) document.getElementById('main').focus({ preventScroll: true });
    // What is read below a note stays where it is.
    if (next && target.matches('.note')) next.style.minBlockSize = `${target.offsetHeight}px`;
    if (title) around(title, next.cloneNode(true));
    if (same || title) waiting.delete(target);
    if (inUse) waiting.set(target, next.cloneNode(true));
    if (row) {
      const tag = next.querySelector('.tag');
      if (tag) target.querySelector('.tag')?.replaceWith(tag.cloneNode(true));
      target.classList.toggle('turn', !next.hidden);
      target.dataset.state = next.dataset.state;
    }
    if (same || row || title || inUse) e.detail.shouldSwap = false;
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

  // Where a visit begins, its form says in which zone hours are read. To find that out
  // takes a slow phone a tenth of a second: not while the page is being shown.
  document.addEventListener('submit', ({ target: { elements: { zone } } }) => {
    if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  });

  // After a submit focus is on what [data-focus] marks, else on the heading: there the
  // next page's address leads by itself, and a page that refuses is led by us. The browser
  // may follow the address after us.
  const title = document.getElementById('title');
  const mark = document.querySelector('[data-focus]') ?? (document.querySelector('[data-answer]') && title);
  if (mark) {
    const lead = () => mark.focus();
    lead();
    title?.addEventListener('focus', lead, { once: true });
    addEventListener('pointerdown', () => title?.removeEventListener('focus', lead), { once: true });
  }

  // --- Offline: a note in the page's own words. What was sent meanwhile stays in its form
  // and goes once we are back.
  const offline = document.getElementById('offline');
  let held;
  const lost = (form, submitter) => {
    if (form) held = [form, submitter];
    if (!offline.firstChild) offline.append(document.getElementById('offline-words').content.cloneNode(true));
  };
  let again;
  // A network that has just come back may still fail: then in a few seconds once more.
  const later = () => {
    clearTimeout(again);
    if (navigator.onLine && offline.firstChild) again = setTimeout(back, 5000);
  };
  const back = () => fetch('/livez', { cache: 'no-store' }).then((answer) => {
    if (!answer.ok) return later();
    offline.replaceChildren();
    const [form, submitter] = held || [];
    held = undefined;
    form?.requestSubmit(submitter);
  }, later);
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
})();
