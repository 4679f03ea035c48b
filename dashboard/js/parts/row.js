// One open concern as a row: what it is, when the next act is due, who must act, what can be done.
import { chip, el, inside, put } from '/js/dom.js';
import { session } from '/js/api.js';
import { lang, nameOf, t } from '/js/i18n.js';
import { clockName, gradeName, stateName } from '/js/names.js';
import { actButton, actsFor, transferOf } from '/js/parts/acts.js';
import { headline } from '/js/parts/headline.js';
import { spark } from '/js/parts/spark.js';
import { moment } from '/js/time.js';
import { progress, span } from '/format.js';

const HOUR = 3600e3;

// Kept with the concern: a list of ten thousand is sorted by it at each event.
export const dueOf = (c) => (c.dueAt ??= Date.parse(c.next ? c.next.due : c.due));

function clockOf(c) {
  return c.clocks.filter((k) => !k.met && k.seconds_left !== null)
    .sort((a, b) => Date.parse(a.due) - Date.parse(b.due))[0];
}

function acts(c, after) {
  const open = actsFor(c), box = el('p', 'acts');
  if (open.includes('accept')) box.append(actButton(c, 'accept', after, 'do first'));
  else if (open.includes('accept-part')) box.append(actButton(c, 'accept-part', after, 'do first'));
  else if (open.includes('assess') && c.state === 'found' && !c.assessed)
    box.append(actButton(c, 'assess', after, 'do first'));
  const transfer = transferOf(c);
  if (transfer) box.append(actButton(c, transfer, after));
  if (open.includes('remind')) box.append(actButton(c, 'remind', after));
  else if (open.includes('answer')) box.append(actButton(c, 'answer', after));
  return box;
}

function facts(c) {
  const head = el('p', 'head', inside(`/concern.html#${c.id}`, 'topic', nameOf(c.topic)),
    chip(`state-${c.state}`, stateName(c)));
  if (c.grade !== 'ordinary') head.append(chip(`grade grade-${c.grade}`, gradeName(c.grade)));
  if (c.proposed) head.append(chip('proposed', t('proposed', gradeName(c.proposed))));
  const urged = el('strong', 'urged', t('urged'));
  if (c.escalated) head.append(urged);
  return head;
}

// The row, with tick(at) to keep its countdown going.
export function concernRow(c, after) {
  const clock = clockOf(c);
  const left = el('span', 'left'), what = el('span', 'act');
  left.setAttribute('aria-hidden', 'true'); // a reader is told the due time, not each second
  const due = el('span', 'due', clock ? t('dueAt', moment(clock.due)) : t('noNext'));
  const bar = el('span', 'bar', el('i', ''));
  bar.setAttribute('aria-hidden', 'true');
  const li = el('li', 'concern',
    el('div', 'timer', what, left, due, bar),
    el('div', 'matter', facts(c), headline(el('p', 'headline'), c), el('p', 'where', el('span', 'unit', nameOf(c.unit)),
      c.region && el('span', 'place', c.region.name),
      c.related && inside(`/concern.html#${c.related}`, 'again', t('raisesAgain', c.related)),
      el('span', 'sub', `${c.id} · ${t('pieces', c.items, c.sources)}`))),
    spark(c.arrivals),
    session.role === 'guest' ? el('p', 'acts') : acts(c, after));
  li.dataset.id = c.id;
  const row = { li, concern: c, language: lang() };
  row.tick = (at) => {
    if (!clock) return;
    const rest = Date.parse(clock.due) - at, late = rest < 0, run = progress(clock, at);
    put(what, t(late ? 'late' : 'left', clockName(clock)));
    put(left, (late ? '+' : '') + span(rest, lang()));
    bar.firstChild.style.setProperty('--run', run.toFixed(3));
    li.dataset.tone = late ? 'bad' : run >= 0.8 || rest < HOUR ? 'warn' : 'calm';
  };
  return row;
}
