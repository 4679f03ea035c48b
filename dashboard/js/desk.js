// 值班台: what is burning, first; what to do about it, by one key.
import { byId, el, put } from '/js/dom.js';
import { session } from '/js/api.js';
import { drawWords, lang, nameOf, onLanguage, t } from '/js/i18n.js';
import { keys, switchKeys } from '/js/keys.js';
import { Live } from '/js/live.js';
import { isMajor, loadNames, topics, units } from '/js/names.js';
import { actsFor, doAct, mergeAgain, transferOf } from '/js/parts/acts.js';
import { Concerns } from '/js/parts/concerns.js';
import { Latest } from '/js/parts/event_list.js';
import { Filters } from '/js/parts/filters.js';
import { concernRow, dueOf } from '/js/parts/row.js';
import { Ringing } from '/js/parts/ringing.js';
import { prefs } from '/js/prefs.js';
import { setLink, shell, tell } from '/js/shell.js';
import { everySecond, now } from '/js/time.js';

const WINDOW = 40, EVENTS = 30, AGAIN_MS = 60000;
const rows = new Map();
let shown = WINDOW, drawing = 0, fresh = 0, filters, ringing, concerns, latest;

// Major ones first, then what is overdue, then by what falls due next.
function rank(c, at) {
  return isMajor(c) ? 0 : dueOf(c) < at ? 1 : 2;
}

function sorted(at) {
  const list = [...concerns.all.values()].filter((c) => filters.fits(c, at))
    .map((c) => ({ c, rank: rank(c, at), due: dueOf(c) }));
  list.sort((a, b) => a.rank - b.rank || a.due - b.due || (a.c.id < b.c.id ? -1 : 1));
  return list.map((x) => x.c);
}

const after = (c) => () => concerns.look(c.id);

// Rows that are as they were stay where they are: focus and selection with them.
function rowOf(c) {
  const row = rows.get(c.id);
  if (row && row.concern === c && row.language === lang()) return row;
  const focused = row?.li.contains(document.activeElement) && document.activeElement.dataset?.act;
  const had = row?.li.contains(document.activeElement);
  const made = concernRow(c, after(c));
  rows.set(c.id, made);
  if (row) row.li.replaceWith(made.li);
  if (had) (made.li.querySelector(`[data-act="${focused}"]`) || made.li.querySelector('.topic')).focus();
  return made;
}

function place(list, wanted) {
  wanted.forEach((li, i) => { if (list.children[i] !== li) list.insertBefore(li, list.children[i] || null); });
  while (list.children.length > wanted.length) list.lastChild.remove();
}

function drawFigures(at) {
  const all = [...concerns.all.values()], next = (c) => dueOf(c) - at;
  const count = (fits) => String(all.filter(fits).length);
  put(byId('n-open'), String(all.length));
  put(byId('n-major'), count(isMajor));
  put(byId('n-overdue'), count((c) => next(c) < 0));
  put(byId('n-accept'), count((c) => c.state === 'open'));
  put(byId('n-soon'), count((c) => next(c) >= 0 && next(c) < 3600e3));
  for (const [id, tone] of [['n-major', 'bad'], ['n-overdue', 'bad'], ['n-soon', 'warn']])
    byId(id).parentElement.dataset.tone = byId(id).textContent === '0' ? '' : tone;
}

function draw() {
  drawing = 0;
  const at = now(), list = sorted(at), part = list.slice(0, shown);
  place(byId('list'), part.map((c) => rowOf(c).li));
  const kept = new Set(part.map((c) => c.id));
  for (const id of rows.keys()) if (!kept.has(id)) rows.delete(id);
  for (const row of rows.values()) row.tick(at);
  drawFigures(at);
  byId('empty').hidden = list.length > 0;
  put(byId('empty'), t('deskEmpty'));
  byId('more').hidden = list.length <= shown;
  put(byId('count'), t('shown', part.length, list.length) +
    (concerns.capped ? ` · ${t('capped', concerns.all.size)}` : ''));
  if (!byId('list').dataset.ready && concerns.all.size) performance.mark('rows');
  byId('list').dataset.ready = 'true';
}

function soon() {
  if (!drawing) drawing = requestAnimationFrame(draw);
}

function onEvent(e) {
  latest.add(e);
  byId('events-empty').hidden = true;
  fresh++;
  if (e.data.concern) concerns.look(e.data.concern);
}

// A concern that has become major since it was last told, or came as one.
function onChange(id, before, after_) {
  if (after_ && after_.state !== 'closed' && isMajor(after_) && !(before && isMajor(before)) && concerns.told)
    ringing.major(after_);
  soon();
}

function current() {
  const li = document.activeElement?.closest?.('#list > li');
  return li ? rows.get(li.dataset.id) : null;
}

function step(by) {
  const all = [...byId('list').children], row = current();
  const at = row ? all.indexOf(row.li) + by : by > 0 ? 0 : all.length - 1;
  const li = all[Math.max(0, Math.min(all.length - 1, at))];
  li?.querySelector('.topic').focus();
  li?.scrollIntoView({ block: 'nearest' });
}

function one(name) {
  const c = (current() || rows.get(byId('list').firstElementChild?.dataset.id))?.concern;
  if (!c) return;
  const open = actsFor(c);
  const wanted = name === 'transfer' ? transferOf(c)
    : name === 'accept' && !open.includes('accept') && open.includes('accept-part') ? 'accept-part' : name;
  if (wanted && open.includes(wanted)) doAct(c, wanted, after(c));
  else tell(session.role === 'guest' ? t('readOnly') : t('cannot', t(name === 'transfer' ? name : `act.${name}`), c.id), 'bad');
}

// What raised a closed matter again goes into that one: from either's row.
function together() {
  const c = (current() || rows.get(byId('list').firstElementChild?.dataset.id))?.concern;
  if (!c) return;
  const again = c.related ? [c] : [...concerns.all.values()].filter((o) => o.related === c.id);
  const may = again.filter((o) => actsFor(o).includes('merge'));
  if (!may.length) tell(t('nothingAgain', c.id), 'bad');
  for (const o of may) mergeAgain(o, concerns.all.has(o.related), after(c));
}

function drawKeys() {
  put(byId('keys'), t(prefs.keys ? 'keysOn' : 'keysOff'));
  byId('keys').setAttribute('aria-pressed', String(prefs.keys));
}

function commands() {
  keys({ j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
    a: () => one('accept'), t: () => one('transfer'), r: () => one('remind'), m: together,
    Enter: () => current()?.li.querySelector('.topic').click(), '?': () => tell(t('keysHelp')) });
  byId('keys').addEventListener('click', () => { switchKeys(!prefs.keys); drawKeys(); });
  byId('more').addEventListener('click', () => { shown += WINDOW; draw(); });
  new IntersectionObserver((seen) => {
    if (seen.some((s) => s.isIntersecting) && !byId('more').hidden) { shown += WINDOW; draw(); }
  }, { rootMargin: '400px' }).observe(byId('more'));
}

async function begin() {
  await shell();
  ringing = new Ringing(byId('sound'));
  concerns = new Concerns(onChange);
  latest = new Latest(byId('events'), EVENTS);
  filters = new Filters(byId('filters'), ['q', 'state', 'grade', 'topic', 'unit', 'overdue'],
    () => { shown = WINDOW; soon(); });
  const live = new Live({
    tail: EVENTS, event: onEvent, state: setLink,
    reload: async () => {
      await Promise.all([concerns.load(), topics.size ? null : loadNames().then(() => filters.fill(units, topics, nameOf))]);
      concerns.told = true;
    },
  });
  commands();
  drawKeys();
  onLanguage(() => { drawWords(); drawKeys(); filters.draw(); ringing.draw(); soon(); });
  everySecond((at) => { for (const row of rows.values()) row.tick(at); drawFigures(at); });
  await live.begin();
  setInterval(() => concerns.load().catch(() => {}), AGAIN_MS);
  setInterval(() => { if (fresh) put(byId('aloud'), t('news', fresh)); fresh = 0; }, 15000);
}

begin();
