// 信源: which ones are well, when each is polled next, which fell silent or moved.
import { button, byId, chip, el, outside, put } from '/js/dom.js';
import { get, send, session } from '/js/api.js';
import { drawWords, onLanguage, said, t } from '/js/i18n.js';
import { Live } from '/js/live.js';
import { askRemoval, commandsOf, nextPoll, stateWords } from '/js/parts/source_state.js';
import { beginTryout, drawTryout } from '/js/parts/tryout.js';
import { setLink, shell, tell } from '/js/shell.js';
import { moment, setClock } from '/js/time.js';

const STATES = ['active', 'failing', 'silent', 'quarantined', 'paused', 'retired'], KINDS = ['news', 'board', 'official'];
const TONE = { active: 'done', failing: 'late', silent: 'late', quarantined: 'grade', paused: '', retired: '' };
const HEADS = ['sourceName', 'sourceKind', 'state', 'lastPoll', 'nextPoll', 'every', 'standing'];
const unfolded = new Map(); // sources whose last polls are looked at, and the list of them
let list = [], cursor = null, status = null, again = 0;

const query = () => new URLSearchParams(location.search);

function keep(name, value) {
  const q = query();
  if (value) q.set(name, value);
  else q.delete(name);
  history.replaceState(null, '', location.pathname + (String(q) && `?${q}`));
  list = [];
  wanted = 100;
  load().catch((problem) => tell(said(problem.message) || t('failed'), 'bad'));
}

function select(name, values, word) {
  const e = el('select');
  e.name = name;
  e.append(new Option(t('all'), ''), ...values.map((v) => new Option(t(`${word}.${v}`), v)));
  e.value = query().get(name) || '';
  e.addEventListener('change', () => keep(name, e.value));
  return e;
}

function drawFilters() {
  const find = Object.assign(el('input'), { type: 'search', name: 'find', maxLength: 60, value: query().get('find') || '' });
  let wait = 0;
  find.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(() => keep('find', find.value.trim()), 250); });
  const label = (word, e) => el('label', '', el('span', 'name', t(word)), e);
  byId('filters').replaceChildren(label('search', find), label('state', select('state', STATES, 'source')),
    label('sourceKind', select('kind', KINDS, 'sourceKind')));
}

function drawFigures() {
  if (!status) return;
  const { total, states: s } = status.sources;
  const one = (word, n, tone) => {
    const box = el('div', '', el('dt', '', t(word)), el('dd', '', String(n)));
    if (tone && n) box.dataset.tone = tone;
    return box;
  };
  byId('figures').replaceChildren(one('total', total), one('source.active', s.active), one('source.failing', s.failing, 'bad'),
    one('source.silent', s.silent, 'bad'), one('source.quarantined', s.quarantined, 'bad'), one('stopped', s.paused + s.retired));
}

async function act(source, name) {
  await (name === 'remove' ? send('DELETE', `/api/v1/sources/${source.id}`) : send('POST', `/api/v1/sources/${source.id}/${name}`));
  tell(name === 'poll' ? t('pollDone', source.id) : t('sourceDone', t(name), source.id));
  await refresh();
}

async function command(source, name) {
  if (name === 'remove') return askRemoval(source, () => act(source, name));
  try {
    await act(source, name);
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
}

const isOperator = () => session.role === 'operator';

function commands(source) {
  if (!isOperator()) return [];
  return el('span', 'row', commandsOf(source).map((name) => {
    const b = button('do', t(name), () => command(source, name));
    b.dataset.act = name;
    return b;
  }));
}

// Stays open, with what it showed last, when the table is drawn anew.
function history_(source) {
  const fold = el('details', '', el('summary', '', t('lastPolls')), unfolded.get(source.id));
  fold.open = unfolded.has(source.id);
  fold.addEventListener('toggle', async () => {
    if (!fold.open) return unfolded.delete(source.id);
    if (!unfolded.has(source.id)) unfolded.set(source.id, null);
    const whole = await get(`/api/v1/sources/${source.id}`);
    const polls = el('ol', 'plain', whole.history.map((p) => el('li', '', `${moment(p.at)} · ${t(`polled.${p.outcome}`)} ${p.status || ''}`)));
    if (unfolded.has(source.id)) unfolded.set(source.id, polls);
    fold.querySelector('ol')?.remove();
    fold.append(polls);
  });
  return fold;
}

function every(seconds) {
  const units = [['inDays', 86400], ['inHours', 3600], ['minutes', 60], ['inSeconds', 1]];
  const [word, size] = units.find((u) => seconds >= u[1]) || units[3];
  return t(word, Math.round(seconds / size * 10) / 10);
}

function row(source) {
  const name = el('td', '', el('strong', '', source.name), ' ', el('span', 'sub', source.id), el('br'),
    outside(source.url, source.url) || el('span', 'sub', source.url),
    history_(source));
  const last = source.last_poll ? `${moment(source.last_poll)} · ${source.last_outcome ? t(`polled.${source.last_outcome}`) : ''}` : '—';
  const tr = el('tr', '', name, el('td', '', t(`sourceKind.${source.kind}`)),
    el('td', '', chip(TONE[source.state], t(`source.${source.state}`))), el('td', '', last),
    el('td', '', nextPoll(source)), el('td', '', every(source.interval_seconds)),
    el('td', 'standing', el('div', '', stateWords(source, isOperator()), commands(source))));
  for (const word of ['lastPoll', 'nextPoll', 'every']) tr.cells[HEADS.indexOf(word)].dataset.head = t(word); // of a narrow window
  tr.dataset.id = source.id;
  return tr;
}

// Where the keyboard is: on which row's command or fold.
function focused() {
  const at = document.activeElement, tr = at.closest('#table [data-id]');
  return tr && `[data-id="${tr.dataset.id}"] ${at.dataset.act ? `[data-act=${at.dataset.act}]` : at.localName}`;
}

function draw() {
  const focus = focused();
  byId('table').replaceChildren(el('thead', '', el('tr', '', HEADS.map((h) => {
    const th = el('th', '', t(h));
    th.scope = 'col';
    return th;
  }))), el('tbody', '', list.map(row)));
  byId('table').hidden = !list.length;
  byId('empty').hidden = list.length > 0;
  put(byId('empty'), t('noSources'));
  byId('more').hidden = !cursor;
  byId('table').dataset.ready = 'true';
  if (focus) byId('table').querySelector(focus)?.focus();
  drawFigures();
}

let asked = 0, loading = 0, wanted = 100;

// As many rows as are wanted; among very many sources a page may be empty and the list still go on.
// What was asked for later is what is wanted: this ends then.
async function load(more) {
  const mine = ++asked, q = query();
  if (more) wanted = list.length + 100;
  q.set('limit', '100');
  loading++;
  try {
    let all = [], next = null;
    do {
      if (next) q.set('cursor', next);
      const got = await get(`/api/v1/sources?${q}`);
      if (mine !== asked) return;
      all = [...all, ...got.items];
      next = got.next_cursor;
    } while (all.length < wanted && next);
    list = all;
    cursor = next;
  } finally {
    loading--;
  }
  draw();
}

async function refresh() {
  status = await get('/api/v1/status');
  setClock(status);
  await load();
}

async function begin() {
  await shell();
  drawFilters();
  beginTryout();
  byId('filters').addEventListener('submit', (e) => e.preventDefault());
  byId('more').addEventListener('click', () => load(true));
  const live = new Live({
    state: setLink,
    reload: async (s) => { status = s; await load(); },
    event: (e) => {
      if (!e.type.startsWith('huiying.source.') || again) return;
      again = setTimeout(() => { again = 0; refresh(); }, 300);
    },
  });
  onLanguage(() => { drawWords(); drawFilters(); draw(); drawTryout(); });
  await live.begin();
  // That a poll failed is no event.
  setInterval(() => { if (!document.hidden && !loading) refresh().catch(() => {}); }, 30000);
}

begin();
