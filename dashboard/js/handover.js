// 交接班: what is overdue, what falls due in the twelve hours to come, what happened this shift, and
// what is open; on paper, too.
import { byId, chip, el, inside, put } from '/js/dom.js';
import { get, session } from '/js/api.js';
import { drawWords, lang, nameOf, onLanguage, t } from '/js/i18n.js';
import { past } from '/js/live.js';
import { clockName, gradeName, loadNames, stateName, topicName, unitName } from '/js/names.js';
import { eventName } from '/js/parts/event_list.js';
import { headlines } from '/js/parts/headline.js';
import { dueOf } from '/js/parts/row.js';
import { setLink, shell } from '/js/shell.js';
import { everyHour, moment, now, setClock } from '/js/time.js';
import { span } from '/format.js';

const HOURS = [4, 8, 12, 24], AHEAD = 12 * 3600e3, STRIDE = 2000, MOST = 40000, TITLES = 500;
let told = null;

// The tail of the ledger that begins before `from`: back by strides until it does.
async function eventsSince(from, status) {
  for (let back = STRIDE; ; back *= 4) {
    const since = Math.max(0, status.head - back);
    const found = await past(since, status.head, status.epoch);
    if (since === 0 || back >= MOST || (found.length && Date.parse(found[0].time) < from))
      return found.filter((e) => Date.parse(e.time) >= from && e.data.concern);
  }
}

async function openOnes() {
  const all = [];
  for (let cursor = ''; cursor !== null;) {
    const page = await get(`/api/v1/concerns?state=open&limit=200${cursor && `&cursor=${cursor}`}`);
    all.push(...page.items);
    cursor = page.next_cursor;
  }
  return all.sort((a, b) => dueOf(a) - dueOf(b));
}

function table(heads, rows, id) {
  if (!rows.length) return el('p', 'sub', t('shiftNothing'));
  const e = el('table', 'sheet', el('thead', '', el('tr', '', heads.map((h) => {
    const th = el('th', '', t(h));
    th.scope = 'col';
    return th;
  }))), el('tbody', '', rows.map((cells) => el('tr', '', cells.map((c, at) => {
    const td = el('td', '', c);
    td.dataset.head = t(heads[at]); // on a phone, whose rows are not under their headings
    if (heads[at] === 'topic') td.className = 'matter';
    return td;
  })))));
  e.id = id;
  return el('div', 'scrolls', e);
}

const at = (c) => inside(`/concern.html#${c}`, '', c);

function drawCounts(events) {
  const counts = new Map();
  for (const e of events) counts.set(eventName(e), (counts.get(eventName(e)) || 0) + 1);
  return el('p', 'tally', [...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => el('span', 'chip', `${name} ${n}`)));
}

// Its topic and place, and below them what it is about, where that was asked for.
function matter(id, topic, region) {
  const words = told.words.get(id);
  return [topic, region ? el('span', 'place', region.name) : null, words ? el('span', 'sub about', words) : null];
}

// What is overdue says so, and since when.
function dueCell(c) {
  const due = moment(c.next ? c.next.due : c.due), late = told.until - dueOf(c);
  return late > 0 ? [due, ' ', chip('late', t('lateBy', span(late, lang())))] : due;
}

const openRow = (c) => [dueCell(c), at(c.id), matter(c.id, nameOf(c.topic), c.region), gradeName(c.grade), nameOf(c.unit),
  stateName(c), c.next ? clockName(c.next) : t('noNext')];
const OPEN_HEADS = ['due', 'what', 'topic', 'grade', 'who', 'state', 'next'];

// Overdue, due soon, and the steps of the shift.
function parts({ until, events, open }) {
  const late = open.filter((c) => dueOf(c) < until);
  return { late, due: open.filter((c) => dueOf(c) >= until && dueOf(c) - until < AHEAD),
    steps: events.filter((e) => !/\.(joined|updated|recomputed)$/.test(e.type)) };
}

// The first of those that the next desk looks at; without them the tables are there as well.
async function wordsOf(read) {
  const { late, due, steps } = parts(read);
  const ids = new Set([...late.map((c) => c.id), ...due.map((c) => c.id), ...steps.map((e) => e.data.concern),
    ...read.open.map((c) => c.id)]);
  return headlines([...ids].slice(0, TITLES)).catch(() => new Map());
}

function draw() {
  if (!told) return;
  const { from, until, open } = told, { late, due, steps } = parts(told);
  put(byId('span'), t('shiftSpan', moment(new Date(from).toISOString()), moment(new Date(until).toISOString())));
  const part = (word, n, ...more) => el('section', 'card', el('h2', '', `${t(word)}（${n}）`), ...more);
  byId('sheet').replaceChildren(
    part('shiftLate', late.length, table(OPEN_HEADS, late.map(openRow), 'late')),
    part('shiftDue', due.length, table(OPEN_HEADS, due.map(openRow), 'due')),
    part('shiftDone', steps.length, drawCounts(steps), table(['time', 'step', 'what', 'topic', 'who'], steps.map((e) =>
      [moment(e.time), eventName(e), at(e.data.concern), matter(e.data.concern, topicName(e.data.topic)), unitName(e.data.by || e.data.unit)]), 'done')),
    part('shiftOpen', open.length, table(OPEN_HEADS, open.map(openRow), 'open')),
    el('p', 'sign', el('span', '', `${t('handedBy')}：${session.account || ''}`), el('span', '', `${t('takenBy')}：`)));
  byId('sheet').dataset.ready = 'true';
}

async function load() {
  const status = await get('/api/v1/status');
  setClock(status);
  const until = now(), from = until - Number(byId('hours').value) * 3600e3;
  try {
    const [events, open] = await Promise.all([eventsSince(from, status), openOnes()]);
    told = { from, until, events, open, words: await wordsOf({ until, events, open }) };
    setLink('linked');
    draw();
  } catch {
    setLink('lost');
  }
}

async function begin() {
  await shell();
  const drawHours = () => {
    const value = byId('hours').value || '8';
    byId('hours').replaceChildren(...HOURS.map((n) => new Option(t('hours', n), n)));
    byId('hours').value = value;
  };
  drawHours();
  byId('hours').addEventListener('change', load);
  byId('print').addEventListener('click', () => print());
  onLanguage(() => { drawWords(); drawHours(); draw(); });
  everyHour(async () => {
    const read = told;
    if (!read) return;
    read.words = await wordsOf(read);
    if (read === told) draw();
  });
  await loadNames();
  await load();
}

begin();
