// Topics that were changed on the page and stand over the rule files: which, and taking one back.
import { button, byId, el, put } from '/js/dom.js';
import { get, send, session } from '/js/api.js';
import { said, t } from '/js/i18n.js';
import { topicName } from '/js/names.js';
import { diffTable } from '/js/parts/diff_table.js';
import { tell } from '/js/shell.js';
import { moment } from '/js/time.js';

const NONE = { items: [], changes: null };
export const mayEdit = () => session.role === 'operator';
const maySee = () => ['coordinator', 'operator', 'auditor'].includes(session.role);

export const readEdits = async () => (maySee() ? get('/api/v1/rules/edits') : NONE);

// A load of rules, whatever it was of, told.
export const tellLoaded = (done) => tell(done.staged ? t('stagedNow', done.staged) : done.changed ? t('loadedNow', done.version) : t('sameRules'));

export function problemList(problems) {
  return el('ul', 'plain problems', (problems || []).map((p) =>
    el('li', '', el('code', '', `${p.file}${p.line ? `:${p.line}` : ''}`), ` ${said(p.detail)}`)));
}

// Why rules were not loaded, in this place.
export function tellRefused(place, problem) {
  place.replaceChildren(el('p', 'wrong', said(problem.message) || t('failed')), problemList(problem.told?.problems));
}

async function restore(one, version, again) {
  put(byId('problems'), '');
  try {
    tellLoaded(await send('POST', `/api/v1/rules/edits/${one.topic}/restore`, { version, file: one.file }));
  } catch (problem) {
    tellRefused(byId('problems'), problem);
  }
  await again();
}

function row(one, version, again) {
  const li = el('li', '', el('strong', '', topicName(one.topic)), ' ', el('code', '', one.file), ' ',
    el('span', 'sub', t(one.was ? 'editBy' : 'editNewBy', one.by || t('stageMachine'), moment(one.at))));
  if (mayEdit()) li.append(' ', button('do', t('editRestore'), () => restore(one, version, again)));
  if (!one.in_force) li.append(' ', el('span', 'wrong', t('editNotInForce')));
  li.dataset.topic = one.topic;
  return li;
}

// `again` is called when one was taken back, or that was refused.
export function drawEdits(edits, again) {
  byId('edited').hidden = !edits.items.length;
  byId('edited-list').replaceChildren(...edits.items.map((one) => row(one, edits.version, again)));
}

// Lines against lines: a browser has to hold a table of them.
const MOST = 2e7, linesOf = (text) => (text || '').split('\n').length;

// What would change by what waits for a second person: a table for each file.
export function stagedTables(edits) {
  return (edits.changes || []).flatMap((one) => {
    const table = el('table', 'diff');
    const texts = (one.was !== undefined || one.text !== undefined) && linesOf(one.was) * linesOf(one.text) < MOST;
    if (texts) diffTable(table, one.was || '', one.text || '', ['editForce', 'editStaged']);
    return [el('p', '', el('code', '', one.file), texts ? '' : ` ${t('editLong')}`), ...(texts ? [el('div', 'scrolls', table)] : [])];
  });
}
