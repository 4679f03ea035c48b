// A concern's life on one axis of time: what happened above it, what is due below it.
import { el, svg } from '/js/dom.js';
import { lang, t } from '/js/i18n.js';
import { clockName } from '/js/names.js';
import { eventName, eventTone } from '/js/parts/event_list.js';
import { moment } from '/js/time.js';
import { span } from '/format.js';

const LINE = 19, ROWS = 4, LEFT = 10, CLOCK = 34;
const HIDDEN = ['huiying.concern.joined', 'huiying.concern.updated', 'huiying.concern.recomputed'];

// How wide a label will be, near enough: Chinese characters are as wide as they are high.
const wide = (text, size) => [...text].reduce((w, c) => w + (c > '\u2e80' ? size : size * 0.56), 0);

// Each label in the lowest row where it does not run into the one before.
function rowsOf(marks, size) {
  const ends = [];
  for (const m of marks) {
    const need = wide(m.text, size) + 12;
    let row = 0;
    while (row < ROWS && (ends[row] ?? -1e9) > m.x) row++;
    m.row = row;
    if (row < ROWS) ends[row] = m.x + need;
  }
  return Math.min(ROWS, ends.length || 1);
}

// The same step at the same place is one mark with its number.
function marksOf(events, x) {
  const marks = [];
  for (const e of events.filter((one) => !HIDDEN.includes(one.type))) {
    const at = x(Date.parse(e.time)), text = eventName(e);
    const same = marks.find((m) => m.name === text && Math.abs(m.x - at) < 6);
    if (same) same.n++;
    else marks.push({ x: at, name: text, tone: eventTone(e), time: e.time, n: 1 });
  }
  for (const m of marks) m.text = m.n > 1 ? `${m.name} ×${m.n}` : m.name;
  return marks;
}

function clockTone(k, at) {
  return k.overdue ? 'bad' : k.ended ? 'calm' : k.met ? 'good' : (Date.parse(k.due) - at) < 3600e3 ? 'warn' : 'calm';
}

function clockWords(k, at) {
  const name = clockName(k);
  if (k.ended) return t(k.overdue ? 'clockEnded' : k.provisional ? 'clockDenied' : 'clockShelved', name, moment(k.met));
  if (k.met) return t(k.overdue ? 'clockLate' : k.met > k.due ? 'clockDone' : 'clockMet', name, moment(k.met));
  if (k.seconds_left === null) return t('clockOver', name);
  const rest = Date.parse(k.due) - at;
  return `${name} ${t('dueAt', moment(k.due))} · ${t(rest < 0 ? 'lateBy' : 'leftFor', span(rest, lang()))}`;
}

function drawClock(k, i, x, top, at, width) {
  const y = top + i * CLOCK, from = x(Date.parse(k.started)), to = x(Date.parse(k.due));
  const end = k.met ? Date.parse(k.met) : k.seconds_left === null ? Date.parse(k.due) : at;
  const tone = clockTone(k, at), text = `${clockName(k)} ${t('dueAt', moment(k.due))}`;
  const label = svg('text', { x: LEFT + 4, y: y + 11, class: `word ${tone}` }, text);
  return [
    svg('rect', { x: from, y: y + 16, width: Math.max(2, to - from), height: 7, rx: 3, class: 'track' }),
    svg('rect', { x: from, y: y + 16, width: Math.max(2, Math.min(x(end), width - LEFT) - from), height: 7, rx: 3,
      class: `run ${tone}` }),
    svg('line', { x1: to, x2: to, y1: y + 12, y2: y + 27, class: `flag ${tone}` }), label,
  ];
}

function ticks(first, last, x, y, width) {
  const many = width > 700 ? 5 : 2;
  return Array.from({ length: many + 1 }, (_, i) => {
    const at = first + ((last - first) * i) / many, place = x(at);
    const anchor = i === 0 ? 'start' : i === many ? 'end' : 'middle';
    return [svg('line', { x1: place, x2: place, y1: y - 4, y2: y + 4, class: 'axis' }),
      svg('text', { x: place, y: y + 17, class: 'tick', 'text-anchor': anchor }, moment(new Date(at).toISOString()))];
  });
}

function picture(c, at, width) {
  const size = 13;
  const clocks = c.clocks.filter((k) => k.act !== 'none');
  const all = [c.opened, ...c.events.map((e) => e.time), ...clocks.flatMap((k) => [k.started, k.due, k.met])]
    .filter(Boolean).map((time) => Date.parse(time));
  const first = Math.min(...all);
  const last = Math.max(...all, c.state === 'closed' ? first + 60e3 : at) + 1;
  const x = (time) => LEFT + ((time - first) / (last - first)) * (width - 2 * LEFT);
  const marks = marksOf(c.events, x);
  for (const m of marks) m.end = m.x + wide(m.text, size) + 8 > width;
  const rows = rowsOf(marks.filter((m) => !m.end), size);
  for (const m of marks.filter((one) => one.end)) m.row = 0;
  const axis = rows * LINE + 14, below = axis + 26;
  const height = below + clocks.length * CLOCK + 4;
  const shown = marks.filter((m) => m.row < ROWS);
  return svg('svg', { class: 'timeline', width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true', focusable: 'false' },
    shown.map((m) => [svg('line', { x1: m.x, x2: m.x, y1: axis - 8 - m.row * LINE, y2: axis, class: 'stem' }),
      svg('text', { x: m.end ? m.x - 4 : m.x + 3, y: axis - 9 - m.row * LINE, class: `word ${m.tone}`,
        'text-anchor': m.end ? 'end' : 'start' }, m.text)]),
    svg('line', { x1: LEFT, x2: width - LEFT, y1: axis, y2: axis, class: 'axis' }),
    marks.map((m) => svg('circle', { cx: m.x, cy: axis, r: 4.5, class: `dot ${m.tone}` })),
    ticks(first, last, x, axis, width),
    c.state !== 'closed' && svg('line', { x1: x(at), x2: x(at), y1: axis - 6, y2: height, class: 'now' }),
    clocks.map((k, i) => drawClock(k, i, x, below, at, width)));
}

// The picture, drawn again when there is more or less room; its words are in the list of events and
// in the deadlines below, which a screen reader reads.
export function timeline(c, now) {
  const box = el('div', 'timeline-box');
  let width = 0;
  const draw = (wide_) => {
    if (Math.abs(wide_ - width) < 2 || wide_ < 120) return;
    width = wide_;
    box.replaceChildren(picture(c, now(), Math.floor(width)));
  };
  new ResizeObserver((seen) => draw(seen[0].contentRect.width)).observe(box);
  return box;
}

export { clockWords, clockTone };
