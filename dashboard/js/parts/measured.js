// What was measured, as somebody reads it who changes rules.
import { chip, el } from '/js/dom.js';
import { lang, t } from '/js/i18n.js';
import { topicName, topics } from '/js/names.js';

const COMMON = 8;
const percent = (share) => `${(share * 100).toFixed(1)}%`;
const exact = (n) => n.toFixed(3);
const change = (n) => `${n > 0 ? '+' : n < 0 ? '−' : '±'}${Math.abs(n).toFixed(3)}`;
const named = (id) => id === 'none' ? t('mNone') : topics.has(id) ? topicName(id) : id;
const arrow = (a, b) => `${a} → ${b}`;

function table(label, heads, rows) {
  const box = el('div', 'scrolls', el('table', 'sheet measured', el('thead', '', el('tr', '', heads.map((h) =>
    Object.assign(el('th', '', h), { scope: 'col' })))), el('tbody', '', rows.map((row) => el('tr', '', row.map((c) => el('td', '', c)))))));
  box.tabIndex = 0;
  box.setAttribute('role', 'region');
  box.setAttribute('aria-label', label);
  return box;
}

function facts(pairs) {
  return el('dl', '', pairs.map(([k, v]) => el('div', '', el('dt', '', k), el('dd', '', v))));
}

// Items of the store have a page in their concern only: they are read here.
function list(heading, n, rows) {
  return n ? [el('h3', '', `${heading} · ${n}`), el('ul', 'plain found-items', rows)] : [];
}

function opinion(side) {
  return side ? `${named(side.topic)} ${side.score.toFixed(2)}` : t('mNone');
}

function changed(sample) {
  return el('li', '', el('p', '', sample.title ?? el('span', 'sub', t('mGone'))),
    el('p', 'sub', arrow(opinion(sample.old), opinion(sample.new)), sample.why ? ` · ${sample.why}` : ''));
}

function cost(topic, items) {
  const side = topic.new || topic.old;
  return items ? [percent(side.touched / items), (side.hits / items).toFixed(2)] : ['–', '–'];
}

function topicRow(topic, items) {
  const alerts = (side) => side ? String(side.alerts) : '–';
  return [named(topic.topic), arrow(alerts(topic.old), alerts(topic.new)), String(topic.newly), String(topic.stops), ...cost(topic, items)];
}

const day = (text) => text ? text.slice(0, 10) : t('mNoTexts');

export function backtestView(r, job) {
  const seen = r.topics.filter((k) => k.newly || k.stops || k.topic === job.topic);
  const heads = ['topic', 'mAlerts', 'mMore', 'mLess', 'mTouched', 'mHits'].map((h) => t(h));
  const rest = r.topics.filter((k) => !seen.includes(k) && (k.old?.touched || k.new?.touched));
  return [
    facts([[t('mItems'), String(r.items)], [t('mAlerts'), arrow(r.alerts.old, r.alerts.new)], [t('mMore'), String(r.newly)],
      [t('mLess'), String(r.stops)], [t('mMoves'), String(r.moves)], [t('mOther'), String(r.other)],
      [t('mSpeed'), `${r.megabytes_per_second.old.toFixed(0)} → ${r.megabytes_per_second.new.toFixed(0)} MB/s`],
      [t('mOldest'), `${t('mUnmatched')} ${day(r.corpus.unmatched.oldest)}，${t('mMatched')} ${day(r.corpus.matched.oldest)}`]]),
    r.corpus.backtest ? '' : el('p', 'sub', t('mKeepHint')),
    r.old === r.new ? el('p', 'sub', t('mSame')) : '',
    list(t('mMore'), r.newly, r.samples.newly.map(changed)), list(t('mLess'), r.stops, r.samples.stops.map(changed)),
    list(t('mMoves'), r.moves, r.samples.moves.map(changed)),
    seen.length ? table(t('mPerTopic'), heads, seen.map((k) => topicRow(k, r.items))) : '',
    rest.length ? el('details', '', el('summary', '', t('mRest', rest.length)), table(t('mRest', rest.length), heads, rest.map((k) => topicRow(k, r.items)))) : '',
    r.terms.length ? el('details', '', el('summary', '', t('mTerms')), table(t('mTerms'), [t('mTerm'), t('topic'), t('mTouched')],
      r.terms.map((k) => [k.term, named(k.topic), percent(k.share)]))) : '',
  ];
}

function wrongOne(one) {
  const terms = [...new Set(one.why.map((k) => k.term))].slice(0, COMMON);
  return el('li', '', el('p', '', one.title ?? el('span', 'sub', t('mGone'))),
    el('p', 'sub', t('mLabelled', named(one.label), named(one.given)), terms.length ? ` · ${terms.join(lang() === 'zh' ? '、' : ', ')}` : ''));
}

const countsRow = (name, c) => [name, exact(c.precision), exact(c.recall), exact(c.f1), String(c.right), String(c.wrong), String(c.missed)];

export function evalView(r, job) {
  const mine = (k) => k.label === job.topic ? 0 : 1;
  const labels = [...r.labels].sort((a, b) => mine(a) - mine(b));
  return [
    facts([[t('mSamples'), String(r.items)], ['F1', `${exact(r.micro.f1)}`], [t('mMacro'), exact(r.macro_f1)]]),
    table(t('mLabels'), [t('mLabel'), t('mPrecision'), t('mRecall'), 'F1', t('mRight'), t('mWrong'), t('mMissed')],
      [...labels.map((k) => countsRow(named(k.label), k)), countsRow(t('mAll'), r.micro)]),
    list(t('mMisses'), r.misses.length, r.misses.map(wrongOne)), list(t('mAlarms'), r.false_alarms.length, r.false_alarms.map(wrongOne)),
  ];
}

// act(term, element): the cell of a term; element is undefined where it would go.
function termRow(k, act) {
  return [el('span', 'term', k.term, k.weight && k.weight !== 1 ? chip('', `×${k.weight}`) : ''), act(k.term, k.line),
    change(k.precision), change(k.recall), change(k.f1), `${k.with} / ${k.without}`];
}

export function suggestView(r, job, act) {
  const heads = [t('mTerm'), t('mDo'), t('mPrecision'), t('mRecall'), 'F1', t('mInOut')];
  const part = (heading, none, all) => [el('h3', '', heading), all.length ? table(heading, heads, all.map((k) => termRow(k, act))) : el('p', 'empty', none)];
  return [
    facts([[t('topic'), named(r.topic)], [t('mPrecision'), exact(r.precision)], [t('mRecall'), exact(r.recall)], ['F1', exact(r.f1)]]),
    part(t('mGains'), t('mNoGains'), r.gains), part(t('mCosts'), t('mNoCosts'), r.costs), el('p', 'sub', t('mLook')),
  ];
}
