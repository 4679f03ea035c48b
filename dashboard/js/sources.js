// 信源: which ones are well, when each is polled next, which fell silent or moved.
import { button, byId, chip, el, outside, put } from '/js/dom.js';
import { get, send, session } from '/js/api.js';
import { drawWords, onLanguage, said, t } from '/js/i18n.js';
import { Live } from '/js/live.js';
import { beginTryout, drawTryout } from '/js/parts/tryout.js';
import { setLink, shell, tell } from '/js/shell.js';
import { moment, setClock } from '/js/time.js';

const STATES = ['active', 'failing', 'silent', 'quarantined', 'paused', 'retired'], KINDS = ['news', 'board', 'official'];
const TONE = { active: 'done', failing: 'late', silent: 'late', quarantined: 'grade', paused: '', retired: '' };
const unfolded = new Map(); // sources whose last polls are looked at, and the list of them
let list = [], cursor = null, status = null, again = 0;

const query = () => new URLSearchParams(location.search);

function keep(name, value) {
  const q = query();
  if (value) q.set(name, value);
  else q.delete(name);
  history.replaceState(null, '', location.pathname + (String(q) && `?${q}`));
  load();
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
  const find = Object.assign(el('input'), { type: 'search', name: 'q', value: query().get('q') || '' });
  let wait = 0;
  find.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(() => keep('q', find.value.trim()), 250); });
  const label = (word, e) => el('label', '', el('span', 'name', t(word)), e);
  byId('filters').replaceChildren(label('search', find), label('state', select('state', STATES, 'source')),
    label('sourceKind', select('kind', KINDS, 'sourceKind')));
}

function drawFigures() {
  if (!status) return;
  const s = status.sources;
  const one = (word, n, tone) => {
    const box = el('div', '', el('dt', '', t(word)), el('dd', '', String(n)));
    if (tone && n) box.dataset.tone = tone;
    return box;
  };
  byId('figures').replaceChildren(one('total', s.total), one('healthy', s.healthy), one('failing', s.failing, 'bad'),
    one('waitingSources', s.waiting), one('quarantined', s.quarantined, 'bad'));
}

async function command(source, name) {
  try {
    await send('POST', `/api/v1/sources/${source.id}/${name}`);
    tell(t('sourceDone', t(name), source.id));
    await load();
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
}

function commands(source) {
  if (session.role !== 'operator') return [];
  const names = source.state === 'retired' ? [] : source.state === 'paused' ? ['resume'] : ['poll', 'pause'];
  return el('span', 'row', names.map((name) => {
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

function row(source) {
  const name = el('td', '', el('strong', '', source.name), ' ', el('span', 'sub', source.id), el('br'),
    outside(source.url, source.url) || el('span', 'sub', source.url),
    source.moved_from && el('span', 'sub', ` · ${t('movedFrom', source.moved_from)}`), history_(source));
  const last = source.last_poll ? `${moment(source.last_poll)} · ${source.last_outcome ? t(`polled.${source.last_outcome}`) : ''}` : '—';
  const tr = el('tr', '', name, el('td', '', t(`sourceKind.${source.kind}`)),
    el('td', '', chip(TONE[source.state], t(`source.${source.state}`))), el('td', '', last),
    el('td', '', source.state === 'paused' ? '—' : moment(source.next_poll) || '—'),
    el('td', '', t('minutes', Math.round(source.interval_seconds / 6) / 10)),
    el('td', 'problem', source.quarantine_reason || source.problem || ''), el('td', '', commands(source)));
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
  const heads = ['sourceName', 'sourceKind', 'state', 'lastPoll', 'nextPoll', 'every', 'problem', 'commands'];
  byId('table').replaceChildren(el('thead', '', el('tr', '', heads.map((h) => {
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

async function load(more) {
  const q = query();
  q.set('limit', '100');
  if (more && cursor) q.set('cursor', cursor);
  const page = await get(`/api/v1/sources?${q}`);
  list = more ? [...list, ...page.items] : page.items;
  cursor = page.next_cursor;
  draw();
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
      again = setTimeout(async () => {
        again = 0;
        status = await get('/api/v1/status');
        setClock(status);
        await load();
      }, 300);
    },
  });
  onLanguage(() => { drawWords(); drawFilters(); draw(); drawTryout(); });
  await live.begin();
}

begin();
