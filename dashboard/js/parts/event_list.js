// Events as a list, the latest first.
import { el, inside } from '/js/dom.js';
import { eventNames } from '/js/events.js';
import { lang, onLanguage, t } from '/js/i18n.js';
import { clockName, topicName, unitName } from '/js/names.js';
import { moment } from '/js/time.js';

export function eventName(e) {
  const row = eventNames[e.type] || [e.type, e.type, 'plain'];
  const act = row[3] && e.data.act ? t('forAct', clockName(e.data)) : '';
  return row[lang() === 'zh' ? 0 : 1] + (e.data.percent ? ` ${e.data.percent}%` : '') + act;
}

export const eventTone = (e) => (eventNames[e.type] || [])[2] || 'plain';

// Within a concern its topic and number go without saying.
export function eventLine(e, within) {
  const what = [!within && topicName(e.data.topic), unitName(e.data.by || e.data.unit),
    e.data.to && `→ ${unitName(e.data.to)}`, e.data.other, !e.data.concern && e.data.source];
  const time = el('time', '', moment(e.time));
  time.dateTime = e.time;
  const li = el('li', '', el('strong', 'kind', eventName(e)), time,
    el('span', 'what', what.filter(Boolean).join(' · '),
      !within && e.data.concern ? [' · ', inside(`/concern.html#${e.data.concern}`, '', e.data.concern)] : null));
  Object.assign(li.dataset, { tone: eventTone(e), type: e.type, seq: e.seq });
  if (e.data.concern) li.dataset.concern = e.data.concern;
  return li;
}

// The last `most` events that came, in `list`.
export class Latest {
  constructor(list, most) {
    Object.assign(this, { list, most, events: [] });
    onLanguage(() => list.replaceChildren(...this.events.map((e) => eventLine(e))));
  }

  add(e) {
    this.events = [e, ...this.events].slice(0, this.most);
    this.list.prepend(eventLine(e));
    while (this.list.children.length > this.most) this.list.lastChild.remove();
  }
}
