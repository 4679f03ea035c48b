// 事项: one concern, from where it was raised to its published reply, and what can be done with it.
import { button, byId, chip, el, inside, outside, put, title } from '/js/dom.js';
import { get, moreMentions, session } from '/js/api.js';
import { drawWords, nameOf, onLanguage, said, t } from '/js/i18n.js';
import { Live } from '/js/live.js';
import { keys } from '/js/keys.js';
import { gradeName, isMajor, loadNames, stateName, topics, unitName } from '/js/names.js';
import { actAgain, actButton, actsFor, mergeAgain } from '/js/parts/acts.js';
import { aloud } from '/js/parts/aloud.js';
import { eventLine } from '/js/parts/event_list.js';
import { guide } from '/js/parts/guide.js';
import { explainInSight, mentionView } from '/js/parts/mention.js';
import { mayMark, requestKeys, requestRow } from '/js/parts/request.js';
import { roleName } from '/js/parts/roles.js';
import { clockTone, clockWords, timeline } from '/js/parts/timeline.js';
import { spark } from '/js/parts/spark.js';
import { asShown } from '/js/prefs.js';
import { setLink, shell, tell } from '/js/shell.js';
import { everyHour, everySecond, moment, now, setClock } from '/js/time.js';
import { typedBefore } from '/js/typed.js';

const SOON_MS = 150, AGAIN_MS = 3000;
let concern = null, like = {}, loading = 0, turn = 0, missed = false, ticks = [], pages = 0, rules = new Map();

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
    isMajor(c) && !c.emergency && chip('', t('noEmergency')),
    c.escalated && el('strong', 'urged', t('urged')),
    c.round > 1 && chip('late', t('round', c.round)), c.registered && chip('', t('registered'))];
  const facts = [c.id, c.request_zh && t(`request.${c.request}`), t('pieces', c.items, c.sources), t('openedAt', moment(c.opened))];
  const asked = firstItem(c);
  return el('div', 'concern-head', el('div', '',
    el('h1', '', `${nameOf(c.topic)} · ${nameOf(c.unit)}`, c.region ? el('span', 'place', c.region.name) : null),
    el('p', 'head', chips), el('p', 'sub', facts.filter(Boolean).join(' · '),
      c.grade === 'ordinary' ? null : [' · ', inside(asShown(`/reports/${c.id}`), '', t('reportOf'))]),
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
      k.escalated ? chip('late', t('urgedTimes', k.level)) : null,
      rules.has(k.rule) ? el('span', 'basis', t('basis', rules.get(k.rule).basis)) : null);
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
  const line = t(`route.${r.by}`, nameOf(c.topic), roleName(r.role), r.units.map((u) => nameOf(u)).join('、'));
  const rest = r.candidates.map((k) => el('li', `fate-${k.fate}`, k.units.map((u) => nameOf(u)).join('、'),
    ` · ${t(`routeBy.${k.by}`)}${k.line ? ` ${t('line', k.line)}` : ''} · ${t(`fate.${k.fate}`)}`));
  const parties = c.parties.map((p) => el('li', '', el('strong', '', nameOf(p.unit)), ' ',
    chip('', t(p.lead ? 'lead' : p.state === 'left' ? 'former' : 'assistant')), ' ', t(`party.${p.state}`),
    p.accepted ? ` ${moment(p.accepted)}` : ''));
  const fold = el('details', '', el('summary', '', t('allCandidates', r.candidates.length)), el('ol', 'plain', rest));
  return [el('ul', 'plain parties', parties), el('p', '', line), fold];
}

function criteriaOf(c) {
  if (!c.criteria.length && !c.measures.length) return null;
  const last = c.events.filter((e) => e.type.endsWith('.assessed')).pop()?.data;
  const decided = (last?.grade === (c.proposed || c.grade) && last.criteria) || [];
  return section('criteria', 'criteria', el('ul', 'plain', c.measures.map((m) =>
    el('li', '', `${m.met ? '✔' : '✘'} ${t(`measure.${m.name}`)} ${m.has} / ${m.needs}`)),
    c.criteria.map((k, i) => el('li', '', `${decided.includes(i + 1) ? '✔ ' : ''}${k.text} `, el('span', 'sub', k.source)))));
}

function history(c) {
  const notes = new Map((c.notes || []).map((n) => [n.seq, n.text]));
  return el('ol', 'events', [...c.events].reverse().map((e) => {
    const li = eventLine(e, true);
    if (e.data.why) li.append(el('span', 'what', t(`joinedBy.${e.data.why.by}`, e.data.why.score)));
    if ('emergency' in e.data) li.append(el('span', 'what', t(e.data.emergency ? 'isEmergency' : 'noEmergency')));
    if (e.data.criteria) li.append(el('span', 'what', e.data.criteria.map((n) => c.grades[e.data.grade]?.[n - 1]?.text || n).join('；')));
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
  const { earlier, later } = like;
  const lines = [c.related && pairLine('ofClosed', earlier, c, earlier),
    ...later.map((s) => pairLine('raisedIn', s, c.state === 'closed' ? null : s, c))].filter(Boolean);
  return lines.length ? section('again', 'again', el('ul', 'plain again', lines)) : null;
}

function similarOf() {
  const { similar, behind } = like;
  const partly = behind === null ? [el('p', 'sub partly', t('similarLatest'))] : [];
  if (!similar.length) return [...partly, el('p', 'sub', t('noSimilar'))];
  return [...partly, el('ul', 'plain similar', similar.map((s) => el('li', '', inside(`#${s.id}`, '', `${s.id} ${nameOf(s.unit)}`),
    ` ${s.topic.id === concern.topic.id ? '' : `${nameOf(s.topic)} · `}${s.region ? `${s.region.name} · ` : ''}${nowState(s)} · ${moment(s.opened)}`,
    ...mergeInto(s), el('p', 'sub', whyLike(s.likeness)))))];
}

// What both have in common, by count: of the words themselves only hashes are kept.
function whyLike(l) {
  const counted = ['names', 'pairs', 'subjects', 'words', 'numbers'].filter((k) => l[k]).map((k) => t(`like.${k}`, l[k]));
  return [t(l.copy ? 'joinedBy.copy' : l.joins ? 'joinedBy.matter' : 'like.score', l.score), ...counted,
    l.place && t(`like.${l.place}`), t('like.days', l.days)].filter(Boolean).join(' · ');
}

// The other one is open: merging into a closed one reopens it, which the form of 并单 asks about.
function mergeInto(s) {
  const reopens = s.state === 'closed' && session.role === 'operator'; // not an operator's to decide
  const may = concern.state !== 'closed' && !reopens && actsFor(concern).includes('merge');
  return may ? [' ', button('do', t('mergeHere', s.id), () => mergeAgain(concern, s.state !== 'closed', load, s.id))] : [];
}

// How many of them are shown, and the rest.
function moreOf(c) {
  if (!pages && !c.mentions_cursor) return null;
  const more = button('quiet', t('more'), async () => {
    const had = c.mentions.length;
    pages++;
    await moreMentions(c).catch((problem) => tell(said(problem.message), 'bad'));
    draw();
    const first = byId('raised').querySelectorAll('.mention')[had];
    if (first) { first.tabIndex = -1; first.focus(); }
  });
  more.id = 'more-raised';
  return el('p', 'sub', t('shownItems', c.mentions.length, c.items), ' ', c.mentions_cursor ? more : null);
}

function draw() {
  const c = concern;
  if (!c) return;
  const { act: focused, request: asked } = document.activeElement?.dataset || {};
  const items = c.mentions.map((m) => mentionView(m, c));
  byId('concern').replaceChildren(head(c), acts(c), el('div', 'columns',
    el('div', '', section('axis', 'timeline', timeline(c, now), deadlines(c)),
      section('raised', 'raised', items.length ? el('ul', 'mentions', items) : el('p', 'sub', t('noMentions')), moreOf(c))),
    el('div', 'side', againOf(c), section('reply', 'replyTitle', replyOf(c)), section('route', 'routeTitle', ...routeOf(c)),
      criteriaOf(c), section('similar', 'similar', ...similarOf()), section('history', 'history', history(c)))));
  explainInSight(items);
  for (const tick of ticks) tick(now());
  title(`${c.id} ${nameOf(c.topic)} · 回应`);
  if (focused) byId('acts').querySelector(`[data-act="${focused}"]`)?.focus();
  if (asked) byId('concern').querySelector(`[data-request="${asked}"]`)?.focus();
  byId('concern').dataset.ready = c.id;
}

// What raised the same closed matter again, and what is like it, the nearest first.
async function findLike(c) {
  const one = (id) => get(`/api/v1/concerns/${id}`).catch(() => ({ id })); // another unit's
  const earlier = c.related && await one(c.related);
  const page = await get(`/api/v1/concerns?topic=${encodeURIComponent(c.topic.id)}&order=newest&limit=40`);
  const later = page.items.filter((s) => s.related === c.id);
  for (const { data } of c.events.filter((e) => e.data.other && e.type.endsWith('.reopened')))
    if (!later.some((s) => s.id === data.other)) later.push(await one(data.other));
  const { items: similar, behind } = await get(`/api/v1/concerns/${c.id}/similar`);
  return { earlier, later, similar, behind };
}

// What cannot be had now is asked for again, and what was drawn stays; what is no longer wanted when
// it comes is left.
function notHad(id, problem) {
  const why = { 403: 'notYourConcern', 404: 'noSuch' }[problem.status];
  if (!why) setTimeout(soon, AGAIN_MS);
  if (!why && concern?.id === id) return;
  concern = null;
  byId('concern').replaceChildren(el('p', 'notice', t(why || 'failed')));
}

async function load() {
  const id = wanted(), mine = ++turn;
  if (!id) {
    byId('concern').replaceChildren(el('p', 'notice', t('noSuch')));
    return;
  }
  try {
    const c = await get(`/api/v1/concerns/${id}`);
    setClock(c);
    if (concern?.id !== id) pages = 0;
    if (c.clocks.some((k) => !rules.has(k.rule))) rules = new Map((await get('/api/v1/deadlines')).items.map((r) => [r.rule, r]));
    for (let i = 0; i < pages && c.mentions_cursor; i++) await moreMentions(c);
    const found = await findLike(c);
    if (mine !== turn) return;
    [concern, like] = [c, found];
    draw();
  } catch (problem) {
    if (mine === turn) notHad(id, problem);
  }
}

function soon() {
  if (!loading) loading = setTimeout(() => { loading = 0; load(); }, SOON_MS);
}

// A form is not drawn away below the hand: what comes meanwhile is read when it is closed.
function anew() {
  missed = Boolean(document.querySelector('dialog[open]'));
  if (!missed) soon();
}

// What reads the page stands before what is drawn anew; it gives the function that names it anew.
function readTools() {
  const tools = el('div', 'read-tools');
  let named;
  byId('concern').before(tools);
  const drawn = aloud(byId('concern'), (bar) => { tools.append(bar); named = guide(bar); });
  return () => { drawn(); named(); };
}

async function begin() {
  await shell();
  const nameTools = readTools();
  const live = new Live({
    event: (e) => { if ([e.data.concern, e.data.other].includes(wanted())) anew(); },
    state: setLink,
    reload: async () => { if (!topics.size) await loadNames(); await load(); },
  });
  addEventListener('hashchange', () => { load(); scrollTo(0, 0); });
  onLanguage(() => { drawWords(); nameTools(); draw(); });
  keys(requestKeys(() => firstItem(concern), load));
  everySecond((at) => { for (const tick of ticks) tick(at); });
  everyHour(anew); // expired words leave
  document.addEventListener('close', () => { if (missed) anew(); }, true); // which does not bubble
  await live.begin();
  const typed = typedBefore('act');
  if (typed) actAgain(concern, typed, load);
}

begin();
