// 事项: one concern, from where it was raised to its published reply, and what can be done with it.
import { button, byId, chip, el, inside, outside, put, title } from '/js/dom.js';
import { get, session } from '/js/api.js';
import { drawWords, nameOf, onLanguage, t } from '/js/i18n.js';
import { Live } from '/js/live.js';
import { keys } from '/js/keys.js';
import { gradeName, loadNames, stateName, topics, unitName } from '/js/names.js';
import { actButton, actsFor, mergeAgain } from '/js/parts/acts.js';
import { eventLine } from '/js/parts/event_list.js';
import { mentionView } from '/js/parts/mention.js';
import { mayMark, requestKeys, requestRow } from '/js/parts/request.js';
import { clockTone, clockWords, timeline } from '/js/parts/timeline.js';
import { spark } from '/js/parts/spark.js';
import { setLink, shell } from '/js/shell.js';
import { everySecond, moment, now, setClock } from '/js/time.js';

const EXPLAINED = 3, SIMILAR = 8, SOON_MS = 150;
let concern = null, similar = [], earlier = null, later = [], loading = 0, ticks = [];

const wanted = () => (/^#(c[1-9][0-9]*)$/.exec(location.hash) || [])[1] ||
  (/^c[1-9][0-9]*$/.exec(new URLSearchParams(location.search).get('id') || '') || [])[0];

function section(id, word, ...children) {
  const title = el('h2', '', t(word));
  title.id = `${id}-title`;
  const s = el('section', 'card', title, ...children);
  s.id = id;
  s.setAttribute('aria-labelledby', title.id);
  return s;
}

const pair = (name, ...value) => [el('dt', '', name), el('dd', '', ...value)];

// Whose request is the concern's, as long as that is open.
const firstItem = (c) => (c && c.state !== 'closed' && c.mentions.length ? { id: c.mentions[0].id, request: c.request } : null);

function head(c) {
  const chips = [chip(`state-${c.state}`, c.state === 'closed' && c.outcome ? t(`outcome.${c.outcome}`) : stateName(c)),
    chip(c.grade === 'ordinary' ? '' : `grade grade-${c.grade}`, gradeName(c.grade)),
    c.proposed && chip('proposed', t('proposed', gradeName(c.proposed))),
    c.escalated && el('strong', 'urged', t('urged')),
    c.round > 1 && chip('late', t('round', c.round)), c.registered && chip('', t('registered'))];
  const facts = [c.id, c.request_zh && t(`request.${c.request}`), t('pieces', c.items, c.sources), t('openedAt', moment(c.opened))];
  const asked = firstItem(c);
  return el('div', 'concern-head', el('div', '',
    el('h1', '', `${nameOf(c.topic)} · ${nameOf(c.unit)}`, c.region ? el('span', 'place', c.region.name) : null),
    el('p', 'head', chips), el('p', 'sub', facts.filter(Boolean).join(' · '),
      c.grade === 'ordinary' ? null : [' · ', inside(`/reports/${c.id}`, '', t('reportOf'))]),
    asked && mayMark() ? requestRow(asked, load) : null), spark(c.arrivals));
}

// The first act is what the state waits for: it stands where a thumb reaches it.
const FIRST = ['accept', 'accept-part', 'approve', 'dispatch', 'assess', 'answer'];
function acts(c) {
  const open = actsFor(c), box = el('p', 'acts');
  const first = FIRST.find((name) => open.includes(name) && !(name === 'assess' && c.assessed));
  if (first) box.append(actButton(c, first, load, 'do first'));
  for (const name of open) if (name !== first) box.append(actButton(c, name, load));
  if (!open.length && session.role === 'guest') box.append(el('span', 'sub', t('readOnly')));
  box.id = 'acts';
  return box;
}

function deadlines(c) {
  ticks = [];
  return el('ul', 'deadlines', c.clocks.filter((k) => k.act !== 'none').map((k) => {
    const line = el('span', `word ${clockTone(k, now())}`);
    const shown = el('span', 'aside', `${t(`clock.${k.act}`)} ${t('dueAt', moment(k.due))}`);
    line.setAttribute('aria-hidden', 'true');
    ticks.push((at) => { put(line, clockWords(k, at)); line.className = `word ${clockTone(k, at)}`; });
    return el('li', '', line, shown, k.provisional ? chip('', t('provisional')) : null,
      k.escalated ? chip('late', t('urgedTimes', k.level)) : null);
  }));
}

function replyOf(c) {
  const rows = [];
  if (c.reply_url) rows.push(pair(t('replyAt'), outside(c.reply_url, c.reply_url) || '—'));
  if (c.scope) rows.push(pair(t('field.scope'), t(`scope.${c.scope}`), c.article ? ` · ${t(`article.${c.article}`)}` : ''));
  if (c.answered) rows.push(pair(t('answeredAt'), moment(c.answered), ' ',
    chip(c.overdue ? 'late' : 'done', t(c.overdue ? 'wasLate' : 'inTime'))));
  if (c.reply) rows.push(pair(t('replyPage'), c.reply.title || '', ' ', chip(`reply-${c.reply.state}`, t(`reply.${c.reply.state}`))));
  if (c.survey.solved + c.survey.not_yet) rows.push(pair(t('survey'), t('surveyCount', c.survey.solved, c.survey.not_yet)));
  if (c.dismissal) rows.push(pair(t('field.code'), t(`code.${c.dismissal}`)));
  if (c.merged) rows.push(pair(t('mergedInto'), inside(`#${c.merged}`, '', c.merged)));
  if (c.draft) rows.push(pair(t('draftBy', c.draft.by ? unitName(c.draft.by) : t('socket')), el('span', 'draft', c.draft.text || t('draftHidden'))));
  return rows.length ? el('dl', 'facts', rows) : el('p', 'sub', t('noReplyYet'));
}

function routeOf(c) {
  const r = c.route;
  const line = t(`route.${r.by}`, nameOf(c.topic), r.role || '—', r.units.map((u) => nameOf(u)).join('、'));
  const rest = r.candidates.map((k) => el('li', `fate-${k.fate}`, k.units.map((u) => nameOf(u)).join('、'),
    ` · ${t(`routeBy.${k.by}`)}${k.line ? ` ${t('line', k.line)}` : ''} · ${t(`fate.${k.fate}`)}`));
  const parties = c.parties.map((p) => el('li', '', el('strong', '', nameOf(p.unit)), ' ',
    chip('', t(p.lead ? 'lead' : 'assistant')), ' ', t(`party.${p.state}`),
    p.accepted ? ` ${moment(p.accepted)}` : ''));
  const fold = el('details', '', el('summary', '', t('allCandidates', r.candidates.length)), el('ol', 'plain', rest));
  return [el('ul', 'plain parties', parties), el('p', '', line), fold];
}

function criteriaOf(c) {
  if (!c.criteria.length && !c.measures.length) return null;
  return section('criteria', 'criteria', el('ul', 'plain', c.measures.map((m) =>
    el('li', '', `${m.met ? '✔' : '✘'} ${t(`measure.${m.name}`)} ${m.has} / ${m.needs}`)),
    c.criteria.map((k) => el('li', '', k.text, ' ', el('span', 'sub', k.source)))));
}

function history(c) {
  const notes = new Map((c.notes || []).map((n) => [n.seq, n.text]));
  return el('ol', 'events', [...c.events].reverse().map((e) => {
    const li = eventLine(e, true);
    if (e.data.why) li.append(el('span', 'what', t(`joinedBy.${e.data.why.by}`, e.data.why.score)));
    if (notes.has(e.seq)) li.append(el('q', 'note', notes.get(e.seq)));
    return li;
  }));
}

const nowState = (c) => c.state === 'closed' && c.outcome ? t(`outcome.${c.outcome}`) : stateName(c);

// One of two that are a matter: the closed one, or the one that raised it again, and how both come
// together.
function pairLine(word, other, from, into) {
  const li = el('li', '', `${t(word)} `, inside(`#${other.id}`, '', other.id), other.state ? ` · ${nowState(other)}` : '');
  if (from?.parties && from.state !== 'closed' && actsFor(from).includes('merge'))
    li.append(' ', button('do', t('mergeHere', into.id), () => mergeAgain(from, into.state && into.state !== 'closed', load)));
  return li;
}

function againOf(c) {
  const lines = [c.related && pairLine('ofClosed', earlier, c, earlier),
    ...later.map((s) => pairLine('raisedIn', s, c.state === 'closed' ? null : s, c))].filter(Boolean);
  return lines.length ? section('again', 'again', el('ul', 'plain again', lines)) : null;
}

function similarOf() {
  if (!similar.length) return el('p', 'sub', t('noSimilar'));
  return el('ul', 'plain similar', similar.map((s) => el('li', '', inside(`#${s.id}`, '', `${s.id} ${nameOf(s.unit)}`),
    ` ${s.region ? `${s.region.name} · ` : ''}${nowState(s)} · ${moment(s.opened)}`)));
}

function draw() {
  const c = concern;
  if (!c) return;
  const { act: focused, request: asked } = document.activeElement?.dataset || {};
  const items = c.mentions.map((m) => mentionView(m, c));
  byId('concern').replaceChildren(head(c), acts(c), el('div', 'columns',
    el('div', '', section('axis', 'timeline', timeline(c, now), deadlines(c)),
      section('raised', 'raised', items.length ? el('ul', 'mentions', items) : el('p', 'sub', t('noMentions')))),
    el('div', 'side', againOf(c), section('reply', 'replyTitle', replyOf(c)), section('route', 'routeTitle', ...routeOf(c)),
      criteriaOf(c), section('similar', 'similar', similarOf()), section('history', 'history', history(c)))));
  for (const li of items.slice(0, EXPLAINED)) li.explain();
  for (const tick of ticks) tick(now());
  title(`${c.id} ${nameOf(c.topic)} · 回应`);
  if (focused) byId('acts').querySelector(`[data-act="${focused}"]`)?.focus();
  if (asked) byId('concern').querySelector(`[data-request="${asked}"]`)?.focus();
  byId('concern').dataset.ready = c.id;
}

// The same topic, nearest first: this unit's, then this place's, then the latest.
async function findSimilar(c) {
  earlier = c.related && await get(`/api/v1/concerns/${c.related}`).catch(() => ({ id: c.related })); // another unit's
  const page = await get(`/api/v1/concerns?topic=${encodeURIComponent(c.topic.id)}&order=newest&limit=40`);
  const near = (s) => (s.unit.id === c.unit.id ? 2 : 0) + (s.region?.code === c.region?.code ? 1 : 0);
  later = page.items.filter((s) => s.related === c.id);
  for (const { data } of c.events.filter((e) => e.data.other && e.type.endsWith('.reopened')))
    if (!later.some((s) => s.id === data.other)) later.push(await get(`/api/v1/concerns/${data.other}`).catch(() => ({ id: data.other })));
  similar = page.items.filter((s) => s.id !== c.id).sort((a, b) => near(b) - near(a)).slice(0, SIMILAR);
}

async function load() {
  const id = wanted();
  if (!id) {
    byId('concern').replaceChildren(el('p', 'notice', t('noSuch')));
    return;
  }
  try {
    const c = await get(`/api/v1/concerns/${id}`);
    setClock(c);
    concern = c;
    await findSimilar(c);
    draw();
  } catch (problem) {
    concern = null;
    byId('concern').replaceChildren(el('p', 'notice', t(problem.status === 404 ? 'noSuch' : problem.status === 403 ? 'notYourConcern' : 'failed')));
  }
}

function soon() {
  if (!loading) loading = setTimeout(() => { loading = 0; load(); }, SOON_MS);
}

async function begin() {
  await shell();
  const live = new Live({
    event: (e) => { if ([e.data.concern, e.data.other].includes(wanted()) && !document.querySelector('dialog[open]')) soon(); },
    state: setLink,
    reload: async () => { if (!topics.size) await loadNames(); await load(); },
  });
  addEventListener('hashchange', () => { load(); scrollTo(0, 0); });
  onLanguage(() => { drawWords(); draw(); });
  keys(requestKeys(() => firstItem(concern), load));
  everySecond((at) => { for (const tick of ticks) tick(at); });
  await live.begin();
}

begin();
