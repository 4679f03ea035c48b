import { actName, china, eventNames, gradeName, nameOf, progress, safeLink, span, stateName, words }
  from '/format.js';
import { prefs, remember } from '/js/prefs.js';

const EVENTS_SHOWN = 40, TITLE = '回应 huiying';
const get = (id) => document.getElementById(id);
const state = {
  lang: prefs.lang, status: null, open: [], closed: [], events: [], names: { topic: {}, unit: {} },
  base: 0, since: 0, rate: 1, epoch: '', last: 0, stream: null, refresh: 0, fresh: 0, rows: new Map(),
};
const t = () => words[state.lang];

// The daemon's clock, which a demonstration runs faster than ours.
const now = () => state.base + (performance.now() - state.since) * state.rate;

function setClock(answer) {
  state.base = Date.parse(answer.now);
  state.since = performance.now();
  state.rate = answer.clock_rate || 1;
}

// Every text of the daemon enters the page as text, never as markup.
function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

function anchor(address, text) {
  const href = safeLink(address);
  if (!href) return null;
  const a = element('a', '', text);
  a.href = href;
  a.target = '_blank';
  a.rel = 'noopener noreferrer';
  return a;
}

async function api(path) {
  const answer = await fetch(path, { headers: { Accept: 'application/json' }, cache: 'no-store' });
  if (answer.status === 401) leave(`/login.html?next=${encodeURIComponent(`/${location.hash}`)}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// Once there are accounts, this page is a way to the others: to the log-in, or an alert's concern.
function leave(address) {
  location.replace(address);
}

async function leadOn() {
  const who = await api('/api/v1/session');
  if (!who.account) return;
  if (/^#c[1-9][0-9]*$/.test(location.hash)) leave(`/concern.html${location.hash}`);
  else leave(who.role === 'unit' ? '/inbox.html' : '/desk.html');
}

function learnNames(concern) {
  state.names.topic[concern.topic.id] = concern.topic;
  state.names.unit[concern.unit.id] = concern.unit;
}
const known = (kind, id) => state.names[kind][id] ? nameOf(state.names[kind][id], state.lang) : id || '';

function clockView(concern) {
  const running = concern.clocks.filter((c) => !c.met && c.seconds_left !== null);
  const clock = running.sort((a, b) => Date.parse(a.due) - Date.parse(b.due))[0];
  const box = element('div', 'timer');
  const label = element('p', 'act');
  const left = element('p', 'left');
  const bar = element('div', 'bar'), fill = element('i');
  left.setAttribute('role', 'timer');
  bar.append(fill);
  bar.setAttribute('aria-hidden', 'true');
  box.append(label, left, bar);
  return { box, label, left, fill, clock };
}

function concernView(c) {
  const li = element('li', 'concern');
  const main = element('div', 'matter');
  const head = element('p', 'head');
  const open = element('button', 'topic', nameOf(c.topic, state.lang));
  open.type = 'button';
  open.addEventListener('click', () => showDetail(c.id));
  head.append(open, element('span', `chip state-${c.state}`, stateName(c, state.lang)));
  if (c.grade !== 'ordinary') head.append(element('span', 'chip grade', gradeName(c, state.lang)));
  const urged = element('strong', 'urged', t().urged);
  head.append(urged);
  const found = china(Date.parse(c.opened));
  const where = element('p', 'where');
  where.append(element('span', 'unit', nameOf(c.unit, state.lang)));
  if (c.region) where.append(element('span', 'place', c.region.name));
  main.append(head, where,
    element('p', 'sub', `${c.id} · ${t().pieces(c.items, c.sources)} · ${t().opened} ${found.date} ${found.time}`));
  const timer = clockView(c);
  li.append(main, timer.box);
  return { li, concern: c, urged, ...timer };
}

// Text nodes change only when their text does, so that a tick costs little and selects nothing.
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

function tickRow(row, at) {
  const { clock, concern } = row;
  if (!clock) {
    put(row.label, t().noNext);
    return;
  }
  const left = Date.parse(clock.due) - at, late = left < 0, run = progress(clock, at);
  put(row.label, t().clock(actName(clock, state.lang), late));
  put(row.left, (late ? '+' : '') + span(left, state.lang));
  row.fill.style.setProperty('--run', run.toFixed(3));
  row.li.dataset.tone = late ? 'bad' : run >= 0.8 ? 'warn' : 'calm';
  row.urged.hidden = !(late && concern.escalated) && !concern.clocks.some((c) => c.escalated && !c.met);
}

function tick() {
  const at = now(), moment = china(at);
  for (const row of state.rows.values()) tickRow(row, at);
  if (state.base) {
    get('clock').hidden = false;
    put(get('now'), `${moment.date} ${moment.seconds}`);
    get('rate').hidden = state.rate === 1;
    put(get('rate'), `${t().demo} ×${state.rate}`);
  }
}

function answeredView(c) {
  const li = element('li');
  const late = c.answered && Date.parse(c.answered) > Date.parse(c.due);
  const when = c.answered ? china(Date.parse(c.answered)) : null;
  const head = element('p', 'head');
  const open = element('button', 'topic', nameOf(c.topic, state.lang));
  open.type = 'button';
  open.addEventListener('click', () => showDetail(c.id));
  head.append(open, element('span', `chip ${late ? 'late' : 'done'}`, late ? t().wasLate : t().inTime));
  const facts = [nameOf(c.unit, state.lang), c.region && c.region.name, c.id,
    when && `${when.date} ${when.time}`];
  li.append(head, element('p', 'sub', facts.filter(Boolean).join(' · ')));
  li.append(anchor(c.reply_url, t().reply) || element('span', 'sub', t().noReply));
  return li;
}

// Within a concern its topic and number go without saying.
function eventView(e, within) {
  const names = eventNames[e.type] || [e.type, e.type, 'plain'];
  const li = element('li');
  const when = china(Date.parse(e.time));
  const act = names[3] && e.data.act ? t().forAct(actName(e.data, state.lang)) : '';
  const percent = e.data.percent ? ` ${e.data.percent}%` : '';
  const kind = element('strong', 'kind', names[state.lang === 'zh' ? 0 : 1] + percent + act);
  const time = element('time', '', `${when.date} ${when.time}`);
  Object.assign(li.dataset, { tone: names[2], type: e.type, seq: e.seq });
  if (e.data.concern) li.dataset.concern = e.data.concern;
  time.dateTime = e.time;
  li.append(kind, time, element('span', 'what',
    [!within && known('topic', e.data.topic), known('unit', e.data.unit),
      !within && (e.data.concern || e.data.source)].filter(Boolean).join(' · ')));
  return li;
}

// Overdue first, then what runs out first.
function urgency(c) {
  const next = c.next ? Date.parse(c.next.due) : Date.parse(c.due);
  return next - (c.escalated ? 1e13 : 0);
}

function drawConcerns() {
  const sorted = [...state.open].sort((a, b) => urgency(a) - urgency(b));
  const focused = document.activeElement?.closest?.('.concern')?.dataset.id;
  state.rows = new Map(sorted.map((c) => [c.id, concernView(c)]));
  for (const [id, row] of state.rows) row.li.dataset.id = id;
  get('open-list').replaceChildren(...[...state.rows.values()].map((r) => r.li));
  get('closed-list').replaceChildren(...state.closed.map(answeredView));
  get('open-empty').hidden = state.open.length > 0;
  get('closed-empty').hidden = state.closed.length > 0;
  if (focused) state.rows.get(focused)?.li.querySelector('button').focus();
  tick();
}

function drawEvents() {
  get('events').replaceChildren(...state.events.map((e) => eventView(e)));
  get('events-empty').hidden = state.events.length > 0;
}

function drawStatus() {
  const s = state.status;
  if (!s) return;
  put(get('place'), s.place.name || '');
  put(get('n-sources'), `${s.sources.states.active}/${s.sources.total}`);
  put(get('about'), `${s.operator.name || ''} · ${s.operator.contact || ''} · huiying ${s.version}`);
  if (s.store.state === 'away') return; // what was shown last stays
  put(get('n-open'), String(s.store.open));
  put(get('n-overdue'), String(s.store.overdue));
  get('n-overdue').parentElement.classList.toggle('some', s.store.overdue > 0);
  put(get('n-closed'), String(s.store.concerns - s.store.open));
  put(get('n-items'), String(s.store.items));
  const title = s.store.overdue ? `(${s.store.overdue}) ${TITLE}` : TITLE;
  document.title = get('drill') ? `【演练】${title}` : title; // a drill's page has a notice on top
}

function setLink(name) {
  get('link').dataset.state = name;
  put(get('link-text'), t()[name]);
}

function drawWords() {
  document.documentElement.lang = state.lang === 'zh' ? 'zh-CN' : 'en';
  for (const e of document.querySelectorAll('[data-text]')) put(e, t()[e.dataset.text]);
  put(get('language'), t().other);
  get('language').lang = t().otherLang;
  setLink(get('link').dataset.state);
  drawStatus();
  drawConcerns();
  drawEvents();
}

async function load() {
  const [status, open, closed] = await Promise.all([api('/api/v1/status'),
    api('/api/v1/concerns?state=open&limit=200'),
    api('/api/v1/concerns?state=closed&order=newest&limit=12')]);
  state.status = status;
  state.open = open.items;
  state.closed = closed.items;
  for (const c of [...open.items, ...closed.items]) learnNames(c);
  setClock(status);
  drawStatus();
  drawConcerns();
}

// One refresh for a burst of events.
function refreshSoon() {
  if (state.refresh) return;
  state.refresh = setTimeout(async () => {
    state.refresh = 0;
    try { await load(); drawEvents(); } catch { setLink('lost'); }
  }, 400);
}

function onEvent(message) {
  const e = JSON.parse(message.data);
  state.last = Math.max(state.last, e.seq);
  state.events.unshift(e);
  state.events.length = Math.min(state.events.length, EVENTS_SHOWN);
  state.fresh++;
  drawEvents();
  refreshSoon();
}

function follow() {
  state.stream?.close();
  const stream = new EventSource(`/api/v1/events?since=${state.last}&epoch=${encodeURIComponent(state.epoch)}`);
  state.stream = stream;
  stream.onopen = () => setLink('linked');
  stream.onerror = () => {
    setLink('lost');
    // Closed for good (another ledger, too many readers): read everything again.
    if (stream.readyState === EventSource.CLOSED) setTimeout(begin, 3000);
  };
  for (const type of Object.keys(eventNames)) stream.addEventListener(type, onEvent);
}

async function begin() {
  try {
    await load();
    if (state.epoch !== state.status.epoch) {
      state.epoch = state.status.epoch;
      state.last = Math.max(0, state.status.head - EVENTS_SHOWN);
      state.events = [];
      drawEvents();
    }
    follow();
  } catch {
    setLink('lost');
    setTimeout(begin, 3000);
  }
}

function mentionView(m) {
  const li = element('li');
  if (m.expired) {
    li.append(element('p', 'sub', t().expired));
  } else {
    li.append(element('p', 'title', m.title || t().untitled),
      element('p', 'excerpt', m.excerpt + (m.cut ? '…' : '')));
  }
  const foot = element('p', 'sub', `${m.source.name} `);
  const link = m.link && anchor(m.link, t().source);
  if (link) foot.append('· ', link);
  li.append(foot);
  return li;
}

async function showDetail(id) {
  let c;
  try { c = await api(`/api/v1/concerns/${id}`); } catch { setLink('lost'); return; }
  const due = china(Date.parse(c.due));
  put(get('detail-title'), `${nameOf(c.topic, state.lang)} · ${nameOf(c.unit, state.lang)}`);
  put(get('detail-sub'), [c.id, stateName(c, state.lang), gradeName(c, state.lang),
    c.region && c.region.name, `${t().due} ${due.date} ${due.time}`].filter(Boolean).join(' · '));
  get('detail-mentions').replaceChildren(...(c.mentions.length ? c.mentions.map(mentionView)
    : [element('li', 'sub', t().noMentions)]));
  get('detail-events').replaceChildren(...c.events.map((e) => eventView(e, true)));
  get('detail').showModal();
}

// A screen reader hears a summary at most every 15 s, never each tick or event.
setInterval(() => {
  if (state.fresh) put(get('aloud'), t().news(state.fresh));
  state.fresh = 0;
}, 15000);

get('language').addEventListener('click', () => {
  state.lang = state.lang === 'zh' ? 'en' : 'zh';
  remember({ lang: state.lang });
  drawWords();
});
// An alert's address names its concern.
function showNamed() {
  const found = /^#(c[1-9][0-9]*)$/.exec(location.hash);
  get('detail').close();
  if (found) showDetail(found[1]);
}
addEventListener('hashchange', showNamed);

addEventListener('pagehide', () => state.stream?.close()); // see js/live.js
addEventListener('pageshow', (e) => { if (e.persisted) begin(); });

setInterval(tick, 250);
setInterval(refreshSoon, 30000);
leadOn().catch(() => {});
if (state.lang !== 'zh') drawWords();
begin().then(showNamed);
