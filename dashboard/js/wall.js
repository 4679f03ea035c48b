// 大屏: what is burning, to be read from across a room; nothing on it asks for a hand.
import { byId, chip, el, put } from '/js/dom.js';
import { drawWords, lang, nameOf, onLanguage, t } from '/js/i18n.js';
import { Live } from '/js/live.js';
import { clockName, gradeName, isMajor, loadNames, stateName, topics } from '/js/names.js';
import { Concerns } from '/js/parts/concerns.js';
import { Latest } from '/js/parts/event_list.js';
import { dueOf } from '/js/parts/row.js';
import { spark } from '/js/parts/spark.js';
import { setLink, shell } from '/js/shell.js';
import { everySecond, now } from '/js/time.js';
import { span } from '/format.js';

const ROWS = 9, EVENTS = 8;
let concerns, drawing = 0, ticks = [];

const rank = (c, at) => isMajor(c) ? 0 : dueOf(c) < at ? 1 : 2;

function rowOf(c) {
  const left = el('td', 'left'), what = el('span', 'sub', c.next ? clockName(c.next) : '');
  left.setAttribute('aria-hidden', 'true');
  const tr = el('tr', 'concern', left, el('td', '', what),
    el('td', '', el('strong', '', nameOf(c.topic)), c.region ? el('span', 'place', c.region.name) : null),
    el('td', '', nameOf(c.unit)), el('td', '', chip(`state-${c.state}`, stateName(c)), ' ',
      c.grade === 'ordinary' ? null : chip(`grade grade-${c.grade}`, gradeName(c.grade))), el('td', '', spark(c.arrivals)));
  tr.dataset.id = c.id;
  ticks.push((at) => {
    const rest = dueOf(c) - at;
    put(left, (rest < 0 ? '+' : '') + span(rest, lang()));
    tr.dataset.tone = rest < 0 ? 'bad' : rest < 3600e3 ? 'warn' : 'calm';
  });
  return tr;
}

function figures(all, at) {
  const count = (fits) => all.filter(fits).length;
  const rows = [['open', all.length, ''], ['majors', count(isMajor), 'bad'], ['overdue', count((c) => dueOf(c) < at), 'bad'],
    ['toAccept', count((c) => c.state === 'open'), ''], ['soon', count((c) => dueOf(c) >= at && dueOf(c) - at < 3600e3), 'warn']];
  byId('figures').replaceChildren(...rows.map(([word, n, tone]) => {
    const box = el('div', '', el('dt', '', t(word)), el('dd', '', String(n)));
    if (n && tone) box.dataset.tone = tone;
    return box;
  }));
}

function draw() {
  drawing = 0;
  ticks = [];
  const at = now(), all = [...concerns.all.values()];
  const list = all.sort((a, b) => rank(a, at) - rank(b, at) || dueOf(a) - dueOf(b)).slice(0, ROWS);
  byId('list').replaceChildren(...list.map(rowOf));
  for (const tick of ticks) tick(at);
  figures(all, at);
  byId('list').dataset.ready = 'true';
}

const soon = () => { if (!drawing) drawing = requestAnimationFrame(draw); };

async function begin() {
  await shell();
  concerns = new Concerns(soon);
  const latest = new Latest(byId('events'), EVENTS);
  const live = new Live({
    tail: EVENTS, state: setLink,
    reload: async () => { await Promise.all([concerns.load(), topics.size ? null : loadNames()]); },
    event: (e) => {
      latest.add(e);
      if (e.data.concern) concerns.look(e.data.concern);
    },
  });
  onLanguage(() => { drawWords(); soon(); });
  everySecond((at) => { for (const tick of ticks) tick(at); });
  // Colours that stand still burn into a screen: the whole moves by a hair each minute.
  setInterval(() => byId('main').classList.toggle('shifted'), 60000);
  byId('full').addEventListener('click', () => document.documentElement.requestFullscreen?.());
  await live.begin();
  setInterval(() => concerns.load().catch(() => {}), 60000);
}

begin();
