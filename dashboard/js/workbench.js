// 规则管理: what is in force, what it says of a text, and what it is least sure of.
import { button, byId, chip, el, put } from '/js/dom.js';
import { get, send, session } from '/js/api.js';
import { drawWords, lang, onLanguage, said, t } from '/js/i18n.js';
import { keys } from '/js/keys.js';
import { loadNames, topicName, topics } from '/js/names.js';
import { highlighted, mentionView, reasons } from '/js/parts/mention.js';
import { mayMark, requestKeys, requestRow } from '/js/parts/request.js';
import { beginMeasure, redrawMeasure } from '/js/parts/measure.js';
import { drawStage } from '/js/parts/stage.js';
import { beginEdit, editAgain, redrawEdit } from '/js/parts/topic_edit.js';
import { drawEdits, readEdits, tellLoaded, tellRefused } from '/js/parts/topic_edits.js';
import { setLink, shell, tell } from '/js/shell.js';
import { moment } from '/js/time.js';
import { fillForm, formTyped, typedBefore, typing } from '/js/typed.js';

const QUEUE = 20;
let rules = null, edits = null, queue = [], told = null;

const pair = (name, value) => [el('dt', '', name), el('dd', '', value)];

function heads(words) {
  return el('thead', '', el('tr', '', words.map((h) => {
    const th = el('th', '', t(h));
    th.scope = 'col';
    return th;
  })));
}

function drawRules() {
  if (!rules) return;
  byId('force').replaceChildren(...[pair(t('version'), el('code', '', rules.version)), pair(t('topicsN'), String(rules.topics)),
    pair(t('loaded'), moment(rules.loaded))].flat());
  if (rules.refused) byId('force').append(...pair('✘', t('refusedLoad', moment(rules.refused.at), rules.refused.count)));
  for (const gone of rules.units_gone ?? []) byId('force').append(...pair('⚠', t('unitGone', gone.unit, gone.open)));
  byId('topics').replaceChildren(heads(['topic', 'role', 'grade', 'deadlines']), el('tbody', '', [...topics.values()].map((k) =>
    el('tr', '', [`${topicName(k.id)} ${k.id}`, k.role, t(`grade.${k.grade}`), k.deadlines.join(' ')].map((c) => el('td', '', c))))));
  byId('load').hidden = session.role !== 'operator';
  drawStage(rules, edits, again);
  drawEdits(edits, again);
}

async function loadRules() {
  byId('load').disabled = true;
  put(byId('problems'), '');
  try {
    tellLoaded(await send('POST', '/api/v1/rules/load', {}));
  } catch (problem) {
    tellRefused(byId('problems'), problem);
  }
  byId('load').disabled = false;
  await again();
}

function drawTold() {
  if (!told) return;
  const [title, text] = highlighted(told);
  const request = told.request_by.join('、');
  byId('told').replaceChildren(title.length ? el('p', 'title', title) : '', el('p', 'excerpt', text), reasons(told),
    el('p', 'sub', t('requestBy', t(`request.${told.request}`), request)),
    told.regions.length ? el('p', 'sub', t('regionsFound', told.regions.map((r) => r.name).join('、'))) : '',
    told.elsewhere ? el('p', 'sub', t('isElsewhere')) : '');
}

async function tryText(e) {
  e.preventDefault();
  const form = byId('try'), body = { text: form.text.value, kind: form.kind.value };
  if (form.title.value.trim()) body.title = form.title.value.trim();
  put(byId('try-wrong'), '');
  try {
    told = await send('POST', '/api/v1/rules/explain', body);
    drawTold();
  } catch (problem) {
    put(byId('try-wrong'), said(problem.message) || t('failed'));
  }
}

// The next one has the focus, so that a row of marks is a row of keys.
function leave(item) {
  const at = queue.indexOf(item);
  queue = queue.filter((one) => one !== item);
  drawQueue();
  byId('review').children[Math.min(at, queue.length - 1)]?.querySelector('button')?.focus();
  if (!queue.length) readQueue();
}

async function mark(item, body, word) {
  try {
    await send('PUT', `/api/v1/items/${item.id}/mark`, body);
    tell(t('marked', word));
    leave(item);
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
}

// The item stays in the queue, and keeps the focus.
function corrected(item, request) {
  const at = queue.indexOf(item), within = byId('review').children[at]?.contains(document.activeElement);
  item.request = request;
  drawQueue();
  if (within) byId('review').children[at].querySelector(`[data-request="${request}"]`).focus();
}

function queueView(item) {
  const li = mentionView(item, item);
  const judged = [item.topic && t('judgedAs', topicName(item.topic.id)), item.proposed && t('proposedAs', topicName(item.proposed.id)),
    t('doubt', item.doubt.toFixed(2))];
  li.append(el('p', 'row', judged.filter(Boolean).map((text) => chip('', text))));
  if (mayMark()) {
    const other = el('select', '');
    other.setAttribute('aria-label', t('shouldBe'));
    other.append(new Option(t('shouldBe'), ''), ...[...topics.keys()].map((id) => new Option(topicName(id), id)));
    other.addEventListener('change', () => mark(item, { topic: other.value }, topicName(other.value)));
    li.append(el('p', 'row', button('do', t('right'), () => mark(item, { mark: 'right' }, t('right'))),
      button('do', t('wrong'), () => mark(item, { mark: 'wrong' }, t('wrong'))), other,
      button('quiet', t('skipItem'), () => leave(item))), requestRow(item, corrected));
  }
  return li;
}

function drawQueue() {
  byId('review').replaceChildren(...queue.map(queueView));
  byId('review-empty').hidden = queue.length > 0;
  put(byId('review-empty'), t('reviewEmpty'));
  byId('review').dataset.ready = 'true';
}

async function readQueue() {
  queue = (await get(`/api/v1/review?limit=${QUEUE}`)).items;
  drawQueue();
}

const current = () => queue[Math.max(0, [...byId('review').children].findIndex((li) => li.contains(document.activeElement)))];

async function read() {
  [rules, edits] = await Promise.all([get('/api/v1/rules'), readEdits(), loadNames()]);
  drawRules();
}

// Other rules may be in force: all that says so is read again.
async function again() {
  await read();
  if (mayMark()) await editAgain();
}

function drawKinds() {
  const value = byId('kind').value || 'board';
  byId('kind').replaceChildren(...['board', 'news', 'official'].map((k) => new Option(t(`sourceKind.${k}`), k)));
  byId('kind').value = value;
}

async function begin() {
  await shell();
  drawKinds();
  byId('try').closest('section').hidden = !mayMark();
  byId('try').addEventListener('submit', tryText);
  byId('load').addEventListener('click', loadRules);
  typing('try', () => formTyped(byId('try')));
  fillForm(byId('try'), typedBefore('try') || {});
  const one = (body, word) => () => { if (mayMark() && current()) mark(current(), body, t(word)); };
  keys({ ...requestKeys(current, corrected), 1: one({ mark: 'right' }, 'right'), 2: one({ mark: 'wrong' }, 'wrong'), s: () => { if (current()) leave(current()); } });
  onLanguage(() => { drawWords(); drawKinds(); drawRules(); drawTold(); drawQueue(); if (mayMark()) { redrawEdit(); redrawMeasure(); } });
  await read();
  await readQueue();
  setLink('linked');
  document.documentElement.dataset.language = lang();
  byId('edit').hidden = !mayMark();
  byId('measure').hidden = !mayMark();
  if (!mayMark()) return;
  await beginEdit(again);
  await beginMeasure();
}

begin();
