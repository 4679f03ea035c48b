// A topic's text under edit: checked as it is typed, its problems beside their lines, and what it
// changes beside what is there. Put in force it stands over the rule file, which is not written.
import { byId, el, put } from '/js/dom.js';
import { get, send } from '/js/api.js';
import { said, t } from '/js/i18n.js';
import { loadNames, topicName, topics } from '/js/names.js';
import { diffTable } from '/js/parts/diff_table.js';
import { mayEdit, tellLoaded, tellRefused } from '/js/parts/topic_edits.js';
import { typedBefore, typing } from '/js/typed.js';

const PAUSE = 500, NEW = '';
let there = null, found = null, wait = 0, round = 0, failed = '', loadedHeard = null;
const listeners = [];

const area = () => byId('edit-text');
const state = (name) => { byId('edit').dataset.state = name; };

// The text as it stands; changed: it is another than the file's, or has none.
export const editing = () => ({ topic: byId('edit-topic').value, text: area().value, changed: area().value !== there?.text });

// Called when the text was checked, or another topic's is there.
export const onEdit = (heard) => listeners.push(heard);

const heardOf = () => { for (const heard of listeners) heard(); };

function choices() {
  const select = byId('edit-topic'), value = select.value;
  select.replaceChildren(new Option(t('editNew'), NEW), ...[...topics.keys()].map((id) => new Option(`${topicName(id)} ${id}`, id)));
  select.value = value;
}

// Line and column of a textarea, as an editor counts them.
export function goTo(line, column) {
  const lines = area().value.split('\n').slice(0, line - 1);
  const start = lines.reduce((n, one) => n + one.length + 1, 0);
  const at = start + [...(area().value.slice(start).split('\n')[0])].slice(0, Math.max(0, (column || 1) - 1)).join('').length;
  area().focus();
  area().setSelectionRange(at, at);
  area().scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(area()).lineHeight));
}

function place(p) {
  if (p.file || !p.line) return el('code', '', p.file ? `${p.file}${p.line ? `:${p.line}` : ''}` : '·');
  const b = el('button', 'quiet', t('lineColumn', p.line, p.column));
  b.type = 'button';
  b.addEventListener('click', () => goTo(p.line, p.column));
  return b;
}

// For a while the line that was changed stands out.
function mark(line) {
  drawGutter();
  byId('edit-lines').children[line - 1]?.classList.add('new');
}

// Numbers beside the text; a line with a problem is marked, and says it.
function drawGutter() {
  const worst = new Map();
  for (const p of found?.warnings || []) if (!p.file && p.line) worst.set(p.line, ['warn', p.detail]);
  for (const p of found?.problems || []) if (!p.file && p.line) worst.set(p.line, ['bad', p.detail]);
  byId('edit-lines').replaceChildren(...area().value.split('\n').map((_, i) => {
    const told = worst.get(i + 1), one = el('span', told ? told[0] : '', String(i + 1));
    if (told) one.title = said(told[1]);
    return one;
  }));
  byId('edit-lines').scrollTop = area().scrollTop;
}

function drawFound() {
  const list = (all, tone) => all.map((p) => el('li', tone, place(p), ` ${said(p.detail)}`));
  const verdict = failed || !found ? failed
    : found.problems.length ? t('editProblems', found.problems.length)
    : t(found.changed ? 'editGood' : 'editSame', found.examples);
  put(byId('edit-verdict'), verdict);
  byId('edit-verdict').className = failed || found?.problems.length ? 'wrong' : 'fine';
  byId('edit-problems').replaceChildren(...(found ? [...list(found.problems, 'bad'), ...list(found.warnings, 'warn')] : []));
}

function drawDiff() {
  byId('edit-same').hidden = diffTable(byId('edit-diff'), there?.text || '', area().value, ['editThere', 'editHere']);
}

// In force it can be once it was checked, found good, and is another text.
function drawLoad() {
  const good = found && !failed && !found.problems.length && byId('edit').dataset.state === 'checked';
  byId('edit-load').hidden = !mayEdit();
  byId('edit-load').disabled = !good || !editing().changed;
}

function draw() {
  drawGutter();
  drawFound();
  drawDiff();
  drawLoad();
}

// Answers that a later text overtook are dropped.
async function check() {
  const mine = ++round, text = area().value, body = { text };
  if (byId('edit-topic').value) body.topic = byId('edit-topic').value;
  state('checking');
  try {
    const told = text ? await send('POST', '/api/v1/rules/check', body) : null;
    if (mine !== round) return;
    [found, failed] = [told, ''];
  } catch (problem) {
    if (mine !== round) return;
    [found, failed] = [null, said(problem.message) || t('failed')];
  }
  state('checked');
  draw();
  heardOf();
}

function typed() {
  clearTimeout(wait);
  state('typing');
  round++;
  wait = setTimeout(check, PAUSE);
  drawGutter();
  drawDiff();
  drawLoad();
}

// Another text, whose line, from 1, is the one to look at; the keys can take it back.
export function changeText(text, line) {
  area().focus();
  area().select();
  if (!document.execCommand('insertText', false, text)) {
    area().value = text;
    typed();
  }
  goTo(line, 1);
  mark(line);
}

// With line ends as a text area has them.
async function textOf(id) {
  const told = id ? await get(`/api/v1/rules/topics/${id}`) : null;
  if (told) told.text = told.text.replace(/\r\n?/g, '\n');
  return told;
}

// Somebody else's rules may be in force meanwhile: the text stays, beside those.
async function putInForce() {
  const id = byId('edit-topic').value, body = { text: area().value };
  if (id) Object.assign(body, { topic: id, version: there.version });
  byId('edit-load').disabled = true;
  put(byId('edit-refused'), '');
  try {
    tellLoaded(await send('POST', '/api/v1/rules/edits', body));
  } catch (problem) {
    tellRefused(byId('edit-refused'), problem);
  }
  await loadedHeard();
}

async function choose() {
  const id = byId('edit-topic').value, mine = ++round;
  clearTimeout(wait);
  const now = await textOf(id);
  if (mine !== round) return;
  there = now;
  put(byId('edit-refused'), '');
  area().value = there?.text || '';
  area().scrollTop = 0;
  [found, failed] = [null, ''];
  draw();
  await check();
}

export function redrawEdit() {
  choices();
  draw();
}

// What was typed here before, if anything.
async function again(was) {
  byId('edit-topic').value = was.topic;
  await choose();
  area().value = was.text;
  typed();
}

// Other rules may be in force: a text that was not changed follows them, another stays beside them,
// and a new topic's that is in force now is that topic's.
export async function editAgain() {
  clearTimeout(wait);
  round++;
  const { topic, text } = editing();
  const id = topic || (/^id:\s*([a-z][a-z0-9-]*)/m.exec(text) || [])[1];
  await loadNames();
  const now = topics.has(id) ? await textOf(id) : null;
  if (topic !== editing().topic) return; // another one was chosen meanwhile
  const { changed } = editing();
  choices();
  there = topic || now?.text === text ? now : null;
  byId('edit-topic').value = there ? id : NEW;
  if (!changed) area().value = there?.text || '';
  await check();
}

// `loaded` is called when a text was put in force, or waits for a second person.
export async function beginEdit(loaded) {
  loadedHeard = loaded;
  byId('edit-load').addEventListener('click', putInForce);
  typing('edit', () => (editing().changed && area().value.trim() ? editing() : null));
  choices();
  byId('edit-topic').selectedIndex = topics.size ? 1 : 0;
  byId('edit-topic').addEventListener('change', choose);
  area().addEventListener('input', typed);
  area().addEventListener('scroll', () => { byId('edit-lines').scrollTop = area().scrollTop; });
  await choose();
  const was = typedBefore('edit');
  if (was) await again(was);
}
