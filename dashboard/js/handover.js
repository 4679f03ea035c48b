// 交接班: what happened this shift, what is open, and what falls due in the twelve hours to come; on
// paper, too.
import { byId, el, inside, put } from '/js/dom.js';
import { get, session } from '/js/api.js';
import { drawWords, nameOf, onLanguage, t } from '/js/i18n.js';
import { past } from '/js/live.js';
import { clockName, gradeName, loadNames, stateName, topicName, unitName } from '/js/names.js';
import { eventName } from '/js/parts/event_list.js';
import { dueOf } from '/js/parts/row.js';
import { setLink, shell } from '/js/shell.js';
import { moment, now, setClock } from '/js/time.js';

const HOURS = [4, 8, 12, 24], AHEAD = 12 * 3600e3, STRIDE = 2000, MOST = 40000;
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
  }))), el('tbody', '', rows.map((cells) => el('tr', '', cells.map((c) => el('td', '', c))))));
  e.id = id;
  return el('div', 'scrolls', e);
}

const at = (c) => inside(`/concern.html#${c}`, '', c);

function drawCounts(events) {
  const counts = new Map();
  for (const e of events) counts.set(eventName(e), (counts.get(eventName(e)) || 0) + 1);
  return el('p', 'tally', [...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => el('span', 'chip', `${name} ${n}`)));
}

const openRow = (c) => [moment(c.next ? c.next.due : c.due), at(c.id), nameOf(c.topic), gradeName(c.grade), nameOf(c.unit),
  stateName(c), c.next ? clockName(c.next) : t('noNext')];
const OPEN_HEADS = ['due', 'what', 'topic', 'grade', 'who', 'state', 'next'];

function draw() {
  if (!told) return;
  const { from, until, events, open } = told;
  put(byId('span'), t('shiftSpan', moment(new Date(from).toISOString()), moment(new Date(until).toISOString())));
  const due = open.filter((c) => dueOf(c) - until < AHEAD);
  const steps = events.filter((e) => !/\.(joined|updated|recomputed)$/.test(e.type));
  const part = (word, n, ...more) => el('section', 'card', el('h2', '', `${t(word)}（${n}）`), ...more);
  byId('sheet').replaceChildren(
    part('shiftDue', due.length, table(OPEN_HEADS, due.map(openRow), 'due')),
    part('shiftDone', steps.length, drawCounts(steps), table(['time', 'step', 'what', 'topic', 'who'], steps.map((e) =>
      [moment(e.time), eventName(e), at(e.data.concern), topicName(e.data.topic), unitName(e.data.by || e.data.unit)]), 'done')),
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
    told = { from, until, events, open };
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
  await loadNames();
  await load();
}

begin();
