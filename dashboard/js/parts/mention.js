// Where a matter was raised, with the terms that made it one of the topic, and why.
import { button, chip, el, outside, put } from '/js/dom.js';
import { get } from '/js/api.js';
import { t } from '/js/i18n.js';
import { topicName } from '/js/names.js';
import { moment } from '/js/time.js';

const COUNTS = 1, VETO = 2, TOPICS = 5;

// Bytes of title + "\n" + text -> what stands there: counting terms go before vetoes.
function paint(length, why) {
  const kinds = new Uint8Array(length);
  for (const topic of why.topics.filter((one) => one.outcome === 'given' || one.outcome === 'vetoed'))
    for (const hit of topic.hits) {
      const kind = hit.fate === 'counts' ? COUNTS : ['veto', 'silenced'].includes(hit.fate) ? VETO : 0;
      for (let i = hit.start; kind && i < hit.end && i < length; i++)
        if (kinds[i] !== COUNTS) kinds[i] = kind;
    }
  return kinds;
}

// The part [from, to) of the bytes as text nodes and marks.
function marked(bytes, kinds, from, to) {
  const decoder = new TextDecoder(), out = [];
  for (let start = from; start < to;) {
    let end = start + 1;
    while (end < to && kinds[end] === kinds[start]) end++;
    const text = decoder.decode(bytes.subarray(start, end));
    out.push(kinds[start] ? el('mark', kinds[start] === COUNTS ? 'counts' : 'veto', text) : text);
    start = end;
  }
  return out;
}

// [title, text] of an explanation, its terms marked.
export function highlighted(why) {
  const encoder = new TextEncoder();
  const title = encoder.encode(why.title).length;
  const bytes = encoder.encode(`${why.title}\n${why.content_text}`);
  const kinds = paint(bytes.length, why);
  return [marked(bytes, kinds, 0, title), marked(bytes, kinds, title + 1, bytes.length)];
}

// One line a topic: what it scored, and by which terms.
export function reasons(why) {
  const lines = why.topics.filter((one) => one.outcome !== 'unmet').slice(0, TOPICS).map((one) => {
    const terms = [...new Set(one.hits.filter((h) => h.fate === 'counts').map((h) => h.rule))];
    return el('li', `reason ${one.outcome}`, el('strong', '', topicName(one.topic)),
      ` ${t(`outcome.${one.outcome}`)} · ${t('score', one.score.toFixed(2), one.threshold.toFixed(2))}`,
      terms.length ? ` · ${t('terms', terms.join('、'))}` : '');
  });
  for (const one of why.model)
    lines.push(el('li', 'reason', el('strong', '', topicName(one.topic)), ` ${t('model', one.score.toFixed(2), one.counts)}`));
  const kind = t(`kind.${why.kind}`), by = why.kind_by.join('、');
  lines.push(el('li', 'reason', by ? t('kindBy', kind, by) : kind));
  if (!why.topics.length && !why.model.length) lines.unshift(el('li', 'reason', t('noTerm')));
  return el('ul', 'reasons', lines);
}

// Explained as they come into sight, a few at a time: each is a judgement that the daemon makes.
const AT_ONCE = 2, UNSEEN = 3; // the first ones, in sight or not
let eye = null, waiting = [], asking = 0;

async function explainNext() {
  while (asking < AT_ONCE && waiting.length) {
    asking++;
    waiting.shift().explain().finally(() => { asking--; explainNext(); });
  }
}

// The list as it is drawn now; one drawn before is let go.
export function explainInSight(list) {
  eye?.disconnect();
  waiting = list.slice(0, UNSEEN);
  explainNext();
  eye = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      waiting = waiting.filter((li) => li !== target);
      if (isIntersecting && !target.dataset.explained) waiting.push(target);
    }
    explainNext();
  });
  for (const li of list.slice(UNSEEN)) eye.observe(li);
}

export function mentionView(m, c) {
  const title = el('p', 'title', m.expired ? t('expired') : m.title || t('untitled'));
  const text = el('p', 'excerpt', m.expired ? '' : m.excerpt + (m.cut ? '…' : ''));
  const why = el('div', 'why');
  const foot = el('p', 'sub', chip(`kind-${m.kind}`, t(`kind.${m.kind}`)), ` ${m.source.name} · ${moment(m.published || m.found)} `);
  const li = el('li', 'mention', title, text, why, foot);
  const link = m.link && outside(m.link, t('original'));
  if (link) foot.append('· ', link);
  if (m.id) li.dataset.item = m.id;
  const explain = async () => {
    if (m.expired || li.dataset.explained) return;
    li.dataset.explained = 'true';
    try {
      const told = await get(`/api/v1/items/${m.id}/why`);
      const [head, body] = highlighted(told);
      title.replaceChildren(...(head.length ? head : [t('untitled')]));
      text.replaceChildren(...body);
      why.replaceChildren(reasons(told));
    } catch {
      put(why, t('noWhy'));
    }
  };
  if (!m.expired && c) foot.append(' ', button('quiet small', t('explain'), explain));
  li.explain = explain;
  return li;
}
