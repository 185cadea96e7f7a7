// What every page of ours must be. Each rule returns the faults that it sees.
// rules.py runs them; one name here is one line there.
(() => {
  const $$ = (css, root = document) => [...root.querySelectorAll(css)];
  const short = (e) => e.outerHTML.slice(0, 90);
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  const words = (e) => e.textContent.replace(/\s+/g, ' ').trim();
  const faults = (wrong) => Object.entries(wrong).filter(([, bad]) => bad).map(([name]) => name);

  const CONTROLS = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';

  // One heading, one main part, a skip link first, a title that begins with the heading.
  const structure = () => {
    const heads = $$('h1'), mains = $$('main');
    const title = document.title.replace(/\s+/g, ' ').replace(/^(Error:|Erreur :) /, '');
    const first = $$(CONTROLS).find(shown);
    return faults({
      'not one h1': heads.length !== 1,
      'a heading that a submit cannot lead to': heads[0]?.id !== 'title' || heads[0].tabIndex !== -1,
      'not one main#main': mains.length !== 1 || mains[0].id !== 'main' || mains[0].tabIndex !== -1,
      'no skip link first': !first?.matches('.skip[href="#main"]'),
      [`title “${title}” does not hold the heading “${heads[0] && words(heads[0])}”`]: !heads[0] || !title.includes(words(heads[0]).replace(/\s?\?$/, '')),
      'no #say': document.querySelector('#say')?.getAttribute('role') !== 'status',
      'inline style': document.querySelector('[style]'),
      'a shown control that is dead': matchMedia('(scripting: none)').matches && $$('[data-js]').some(shown),
    });
  };

  // A password manager may fill it, a person may paste it, and the page never holds it.
  const passwords = () => $$('input[type=password]').flatMap((e) => faults({
    [`no autocomplete: ${short(e)}`]: !/^(current|new)-password$/.test(e.autocomplete),
    [`refuses what is pasted: ${short(e)}`]: !e.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true })),
    [`holds a password: ${e.id}`]: e.hasAttribute('value'),
  }));

  // An error is in the title, on its field and in the summary, in the same words.
  const errors = () => {
    const invalid = $$('[aria-invalid=true]'), summary = document.querySelector('.summary-bad');
    const said = (field) => {
      const node = document.getElementById(`${field.id}_error`) ?? field.closest('.field')?.querySelector('.error');
      return node ? words(node).replace(/^(Error:|Erreur\s:) /, '') : '';
    };
    const links = summary ? $$('a', summary) : [];
    return [
      ...faults({
        'errors without a title that says so': (invalid.length || summary) && !/^(Error:|Erreur\s:) /.test(document.title),
        'a title of errors without errors': /^(Error|Erreur)\s?:/.test(document.title) && !summary,
        'a wrong field without a summary': invalid.length && !summary,
        'focus is not on the summary': summary && !summary.contains(document.activeElement),
      }),
      ...links.flatMap((link) => {
        const field = document.querySelector(link.hash);
        const target = field?.matches('input, select, textarea') ? field : field?.querySelector('input');
        if (!field) return [`the summary leads nowhere: ${short(link)}`];
        if (!target) return field.tabIndex === -1 ? [] : [`the summary leads to no field: ${short(link)}`];
        link.click();
        return faults({
          [`the summary does not lead to the field: ${short(link)}`]: !field.contains(document.activeElement),
          [`“${words(link)}” is “${said(target)}” at the field`]: !said(target).includes(words(link)),
        });
      }),
    ];
  };

  // 24 by 24 at least, and the main buttons 44 high; links in a sentence may be less.
  const targets = () => $$('a[href], button, input:not([type=radio], [type=checkbox], [type=hidden]), select, summary')
    .filter((e) => shown(e) && !e.closest('p, li > span, td, th, .skip, .summary-bad'))
    .filter((e) => {
      const { width, height } = e.getBoundingClientRect();
      const least = e.matches('.btn:not(.btn-sm, .btn-3)') ? 43.5 : 23.5;
      return width < 23.5 || height < least;
    })
    .map((e) => `small target ${e.getBoundingClientRect().height | 0}: ${short(e)}`);

  // Nothing runs out of the page or of its card.
  const fits = () => {
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth + 1) {
      const over = $$('body *').filter((e) => !e.closest('.scroll, .tabs, .vh') && (e.getBoundingClientRect().right > root.clientWidth + 1 || e.getBoundingClientRect().left < -1));
      return [`wider than the page: ${over.slice(-2).map(short)}`];
    }
    return $$('.card *, .perm *, .tile *, .note *').filter((e) => {
      const box = e.closest('.card, .perm, .tile, .note');
      if (box === e || e.closest('.scroll, .vh, svg')) return false;
      const [inner, outer] = [e.getBoundingClientRect(), box.getBoundingClientRect()];
      return inner.width && (inner.right > outer.right + 1 || inner.left < outer.left - 1);
    }).slice(0, 2).map((e) => `out of its card: ${short(e)}`);
  };

  // No words are cut off.
  const whole = () => $$('body *:not(.vh, svg *)').filter((e) => {
    const style = getComputedStyle(e);
    return /hidden|clip/.test(style.overflow) && style.clipPath === 'none' && !e.closest('.vh, [aria-hidden]')
      && e.scrollHeight > e.clientHeight + 2 && e.textContent.trim();
  }).slice(0, 2).map((e) => `cut off: ${short(e)}`);

  // What a reader of French sees that is not French. Labels of the guide keep their bytes.
  const FOREIGN = 'script, style, code, .mono, [lang=en], [translate=no], template, .i-user';
  const ENGLISH = /(?<![\p{L}\p{N}@.’'-])(the|and|your|with|from|this|that|is|are|was|were|have|has|been|will|you|we|our|they|of|to|by|at|it|its|if|when|which|how|what|please|click|select|enter|save|request|read|sign|back|next|user|settings|step|start|not|yet|ago|search|help)(?![\p{L}\p{N}@.’'-])/iu;
  const texts = (labels) => {
    const ours = (text) => labels.reduce((rest, label) => rest.replaceAll(label, ''), text);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
      const { data, parentElement } = walker.currentNode;
      if (!parentElement.closest(FOREIGN)) found.push(data);
    }
    for (const name of ['aria-label', 'placeholder', 'title', 'data-busy', 'data-done', 'data-say'])
      $$(`[${name}]`).filter((e) => !e.closest(FOREIGN)).forEach((e) => found.push(e.getAttribute(name)));
    return [...found, document.title].map(ours);
  };
  const french = (labels) => texts(labels).flatMap((text) => faults({
    [`no U+202F before ; ! ?: “${text.trim().slice(0, 80)}”`]: /(?<!\u202f)[;!?]/.test(text),
    [`no U+00A0 before » or %: “${text.trim().slice(0, 80)}”`]: /(?<!\u00a0)[»%]/.test(text),
    [`no U+00A0 before a colon: “${text.trim().slice(0, 80)}”`]: /(?<!\u00a0):(?!\d|\/\/)/.test(text),
    [`no U+00A0 after «: “${text.trim().slice(0, 80)}”`]: /«(?!\u00a0)/.test(text),
    [`straight apostrophe: “${text.trim().slice(0, 80)}”`]: text.includes("'"),
    [`hard hyphen in e‑mail: “${text.trim().slice(0, 80)}”`]: /e-mail/i.test(text),
    [`English: “${text.trim().slice(0, 80)}”`]: ENGLISH.test(text),
  }));

  // With colours forced, every control has an edge; with motion reduced, nothing moves.
  const edges = () => $$('button, input:not([type=radio], [type=checkbox], [type=hidden]), select, textarea, a.btn')
    .filter((e) => shown(e) && !e.matches('.btn-3, .switch'))
    .filter((e) => parseFloat(getComputedStyle(e).borderTopWidth) < 1 || /^rgba.*, 0\)$/.test(getComputedStyle(e).borderTopColor))
    .map((e) => `no edge with forced colours: ${short(e)}`);
  const stillness = () => document.getAnimations().filter((a) => a.playState === 'running').map((a) => `moves: ${a.animationName}`);

  // A style of the reader's own, above ours.
  const dress = (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
  };

  // Every word 40 % longer: what another language may need.
  const lengthen = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.parentElement.closest('script, style, code, svg, [translate=no], td, th, .vh'))
        node.data = node.data.replace(/\p{L}+/gu, (word) => word + word.slice(0, Math.ceil(word.length * 0.4)));
    }
  };

  // What Tab reached: is its ring seen, is it in view, does nothing lie over it?
  const reached = () => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const x = Math.min(innerWidth - 1, Math.max(0, box.left + Math.min(box.width / 2, 40)));
    const y = Math.min(innerHeight - 1, Math.max(0, box.top + box.height / 2));
    const top = document.elementFromPoint(x, y);
    const free = !top || top === e || e.contains(top) || top.contains(e) || top.closest('label')?.contains(e);
    return { place: $$(CONTROLS).indexOf(e), faults: faults({
      [`no ring: ${short(e)}`]: style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2,
      [`out of view: ${short(e)}`]: box.bottom <= 0 || box.top >= innerHeight,
      [`covered: ${short(e)}`]: !free,
    }) };
  };
  const reachable = () => {
    const groups = new Set();
    return $$(CONTROLS).map((e, place) => [e, place]).filter(([e]) => {
      if (!shown(e) || e.disabled || e.tabIndex < 0 || e.closest('[hidden]')) return false;
      if (e.type !== 'radio') return true;
      const again = groups.has(e.name);
      groups.add(e.name);
      return !again;
    }).map(([e, place]) => ({ place, name: short(e), radio: e.type === 'radio' }));
  };

  // The words of the page that need no script.
  const readable = () => {
    const dead = $$('[data-js]').filter((e) => !e.hidden);
    dead.forEach((e) => { e.hidden = true; });
    const text = document.querySelector('main').innerText;
    dead.forEach((e) => { e.hidden = false; });
    return text;
  };

  window.rules = { structure, passwords, errors, targets, fits, whole, french, edges, stillness, dress, lengthen, reached, reachable, readable };
})();
