// Rules that wait for a second person: who loaded them, and the two words that one may say.
import { button, byId, el, put } from '/js/dom.js';
import { send, session } from '/js/api.js';
import { said, t } from '/js/i18n.js';
import { stagedTables } from '/js/parts/topic_edits.js';
import { tell } from '/js/shell.js';
import { moment } from '/js/time.js';

const mayDecide = () => ['coordinator', 'operator'].includes(session.role);

// What has been written of a reason stays when the page is drawn anew.
const reason = Object.assign(el('input'), { maxLength: 200, autocomplete: 'off', name: 'reason' });

async function decide(stage, verb, body, done) {
  const row = byId('stage');
  for (const e of row.querySelectorAll('button')) e.disabled = true;
  try {
    const told = await send('POST', `/api/v1/rules/staged/${stage.stage}/${verb}`, body);
    reason.value = '';
    tell(verb === 'approve' ? t('loadedNow', told.version) : t('stageDenied'));
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
  await done();
}

function choice(stage, done) {
  const own = stage.by && stage.by === session.account;
  const approve = button('do first', t('stageApprove'), () => decide(stage, 'approve', {}, done));
  const deny = button('do', t(own ? 'stageBack' : 'act.deny'), () => {
    if (reason.value.trim()) decide(stage, 'deny', { reason: reason.value.trim() }, done);
    else reason.focus();
  });
  approve.dataset.act = 'approve';
  deny.dataset.act = 'deny';
  return [el('label', 'field', el('span', 'name', t('stageReason')), reason),
    el('p', 'row', own ? el('span', 'sub', t('stageOwn')) : approve, deny)];
}

// With what they change of topics on the page. `done` is called when something was decided, or was
// refused: what is in force is read again.
export function drawStage(rules, edits, done) {
  const { staged, denied } = rules, box = byId('stage');
  const unread = rules.unread ? el('p', 'bad', t('stageUnread')) : '';
  box.hidden = !staged && !denied && !unread;
  if (box.hidden) return;
  if (!staged && !denied) {
    put(byId('stage-title'), t('stageWaits'));
    byId('stage-told').replaceChildren(unread);
    return;
  }
  const one = staged || denied, who = one.by || t('stageMachine');
  put(byId('stage-title'), t(staged ? 'stageWaits' : 'stageWasDenied'));
  byId('stage-told').replaceChildren(
    unread, el('p', '', el('code', '', one.version), ' ', t('stageBy', who, moment(one.at), one.topics)),
    ...(staged ? stagedTables(edits) : []),
    one.reason ? el('p', 'excerpt', one.reason) : '', ...(staged && mayDecide() ? choice(staged, done) : []));
}
