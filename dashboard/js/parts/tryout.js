// 试信源: what a source's selectors find, beside what the page shows, before there is such a source.
import { byId, chip, el, outside, put } from '/js/dom.js';
import { send, session } from '/js/api.js';
import { said, t } from '/js/i18n.js';
import { fillForm, formTyped, typedBefore, typing } from '/js/typed.js';

const SHOWN = 30;
const EXAMPLE = `id: county-mailbox
name: 县长信箱
url: https://
kind: board
preset: mailbox
`;
// As `huiying feeds try` has them: [member of an item, name of its selector].
const PARTS = [['title', 'title'], ['url', 'link'], ['date_published', 'time'], ['text', 'text'], ['reply', 'reply'],
  ['reply_unit', 'reply_unit'], ['reply_time', 'reply_time']];
let found = null;

function part(item, [member, name]) {
  const missing = (item.missing || []).includes(name), undated = (item.undated || []).includes(name);
  if (!item[member] && !missing && !undated) return null;
  let value = item[member];
  if (value && member === 'url') value = outside(value, value) || value;
  else if (value && name.endsWith('time')) value = value.slice(0, 16).replace('T', ' ');
  return [el('dt', '', t(`part.${name}`)),
    el('dd', value ? '' : 'wrong', value || t(undated ? 'partUndated' : 'partMissing'))];
}

function row(item, at) {
  const read = el('dl', 'facts', PARTS.map((p) => part(item, p)));
  return el('tr', '', el('td', 'sub', t('tryNth', at + 1, item.line)), el('td', 'shown', item.shown || ''),
    el('td', '', item.kept ? '' : chip('late', t('tryLeft')), read));
}

// Which selectors find nothing in any item, or not in each of them.
function warnings(items) {
  return PARTS.map(([, name]) => {
    const n = items.filter((i) => (i.missing || []).includes(name)).length;
    if (n === items.length && n) return t('tryNever', t(`part.${name}`));
    return n && !name.startsWith('reply') ? t('trySome', t(`part.${name}`), n, items.length) : null;
  }).filter(Boolean);
}

function page(told, title) {
  if (!told) return [];
  const heads = ['tryItem', 'tryShows', 'tryReads'].map((h) => Object.assign(el('th', '', t(h)), { scope: 'col' }));
  const box = el('div', 'scrolls', el('table', 'sheet tried', el('thead', '', el('tr', '', heads)),
    el('tbody', '', told.items.slice(0, SHOWN).map(row))));
  box.tabIndex = 0;
  box.setAttribute('role', 'region');
  box.setAttribute('aria-label', title);
  return [el('h3', '', `${title} · ${t('tryFound', told.items.length)}`),
    el('ul', 'plain problems', [...told.problems.map((p) => p.text), ...warnings(told.items),
      told.few_authors && t('tryFew'), told.next && t('tryNext', told.next)].filter(Boolean).map((w) => el('li', '', said(w)))),
    told.items.length ? box : ''];
}

function refusal() {
  const { detail, status } = found.refused, which = t(found.list ? 'tryDetail' : 'tryList');
  return el('p', 'wrong', `${which} · ${said(detail)}${status ? ` (HTTP ${status})` : ''}`);
}

export function drawTryout() {
  byId('tryout').hidden = session.role !== 'operator';
  if (!found) return;
  byId('tryout-found').replaceChildren(
    el('ul', 'plain problems', found.problems.map((p) => el('li', 'wrong', p.line ? `${t('lineColumn', p.line)}: ` : '', said(p.detail)))),
    ...page(found.list, t('tryList')), ...page(found.detail, t('tryDetail')), found.refused ? refusal() : '');
  byId('tryout-found').dataset.ready = 'true';
}

async function tryIt(e) {
  e.preventDefault();
  const form = byId('tryout-form'), go = form.querySelector('button'), body = { source: form.source.value };
  if (form.page.value.trim()) body.page = form.page.value;
  go.disabled = true;
  put(byId('tryout-wrong'), '');
  delete byId('tryout-found').dataset.ready;
  byId('tryout-found').replaceChildren(el('p', 'empty', t('tryAsks')));
  try {
    found = await send('POST', '/api/v1/sources/try', body);
    drawTryout();
  } catch (problem) {
    byId('tryout-found').replaceChildren();
    put(byId('tryout-wrong'), said(problem.message) || t('failed'));
  }
  go.disabled = false;
}

export function beginTryout() {
  const form = byId('tryout-form');
  form.source.value = EXAMPLE;
  typing('tryout', () => (form.source.value !== EXAMPLE ? formTyped(form) : null));
  fillForm(form, typedBefore('tryout') || {});
  byId('tryout-form').addEventListener('submit', tryIt);
  drawTryout();
}
