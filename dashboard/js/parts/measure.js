// 实测: the text under edit on what is stored and labelled. One job runs at a time, in the daemon: a
// page that is loaded again finds it as it is.
import { button, byId, el, put } from '/js/dom.js';
import { get, send } from '/js/api.js';
import { said, t } from '/js/i18n.js';
import { topicName } from '/js/names.js';
import { backtestView, evalView, suggestView } from '/js/parts/measured.js';
import { hasTerm, withTerm, withoutTerm } from '/js/parts/term_lines.js';
import { changeText, editing, goTo, onEdit } from '/js/parts/topic_edit.js';
import { tell } from '/js/shell.js';
import { moment } from '/js/time.js';

const PAUSE = 600, LOOKS = 20, MOST = 5 * 1024 * 1024, MAP_MOST = 64 * 1024;
const VIEWS = { backtest: backtestView, eval: evalView, suggest: suggestView };
const jobs = new Map(); // the latest of each verb, as the daemon tells of them
let running = null, opened = '', samples = null, map = null;

const at = (id) => `/api/v1/rules/jobs/${id}`;

// A term is put in or taken out where everybody sees it, and nothing is saved.
function termButton(topic) {
  return (term, element) => {
    const now = editing();
    if (now.topic !== topic) return el('span', 'sub', t('mOtherTopic', topicName(topic)));
    const there = hasTerm(now.text, term);
    if (element ? there : !there) return el('span', 'sub', t(element ? 'mIsIn' : 'mIsOut'));
    const b = button('do', t(element ? 'mPutIn' : 'mTakeOut'), () => {
      const next = element ? withTerm(editing().text, element) : withoutTerm(editing().text, term);
      if (!next) return tell(t('mOneLine'), 'bad');
      changeText(next.text, next.line);
      tell(t(element ? 'mDidIn' : 'mDidOut', term));
      drawJobs();
    });
    b.setAttribute('aria-label', `${b.textContent} ${term}`);
    return b;
  };
}

// A line of the text under edit is a step away, as long as that topic's text is there.
function place(p, topic) {
  const line = p.line ? t('lineColumn', p.line) : '';
  if (!p.file && p.line && editing().topic === (topic || '')) return button('quiet', line, () => goTo(p.line, 1));
  const uploaded = { samples: 'mUpload', map: 'mMapName' }[p.file];
  const text = uploaded ? `${t(uploaded)} ${line}` : [p.file, line].filter(Boolean).join(' ');
  return text ? el('code', '', text) : '';
}

function failure(job) {
  return [el('p', 'wrong', job.why ? said(job.why) : t('mFailed')),
    el('ul', 'plain problems', job.problems.map((p) => el('li', '', place(p, job.topic), ` ${said(p.detail)}`)))];
}

function jobView(job) {
  const title = [t(`mVerb.${job.verb}`), job.topic && topicName(job.topic), job.edited ? t('mOfText') : t('mOfFiles'), moment(job.began), job.by]
    .filter(Boolean).join(' · ');
  const details = el('details', 'job', el('summary', '', title),
    job.state === 'cancelled' ? el('p', 'sub', t('mCancelled')) : job.state === 'failed' ? failure(job)
      : VIEWS[job.verb](job.result, job, termButton(job.topic)));
  details.open = opened === job.id;
  details.dataset.verb = job.verb;
  details.dataset.state = job.state;
  details.addEventListener('toggle', () => { if (details.open) opened = job.id; else if (opened === job.id) opened = ''; });
  return details;
}

function drawJobs() {
  const within = byId('measured').contains(document.activeElement);
  byId('measured').replaceChildren(...[...jobs.values()].filter((j) => j.state !== 'running')
    .sort((a, b) => b.began.localeCompare(a.began)).map(jobView));
  if (within) byId('measured').querySelector('details[open] .do, summary')?.focus();
}

function drawRunning() {
  byId('measuring').hidden = !running;
  byId('measure').dataset.state = running ? 'running' : 'idle';
  for (const b of byId('measure').querySelectorAll('.begin')) b.disabled = Boolean(running);
  if (!running) return;
  const bar = byId('measure-bar');
  if (running.share === null) bar.removeAttribute('value');
  else bar.value = running.share;
  put(byId('measure-what'), t(`mVerb.${running.verb}`));
  put(byId('measure-share'), running.total ? t('mShare', Math.round(running.share * 100), running.done, running.total) : t('mBegins'));
}

// A screen reader hears its begin and its end, not each step.
async function follow(id) {
  for (;;) {
    const job = await get(at(id));
    running = job.state === 'running' ? job : null;
    drawRunning();
    if (!running) {
      jobs.set(job.verb, job);
      opened = job.id;
      put(byId('measure-said'), t(`mEnd.${job.state}`, t(`mVerb.${job.verb}`)));
      return drawJobs();
    }
    await new Promise((go) => setTimeout(go, PAUSE));
  }
}

// A look that fails says nothing of the job, but that it is gone.
async function watch(id) {
  for (let failed = 1; ; failed++) {
    try {
      return await follow(id);
    } catch (problem) {
      if (problem.status === 404 || failed === LOOKS) {
        running = null;
        drawRunning();
        return put(byId('measure-wrong'), said(problem.message) || t('failed'));
      }
    }
    await new Promise((go) => setTimeout(go, PAUSE));
  }
}

// The text under edit when it is another than the file's; what is asked for beside it.
function asked(verb) {
  const now = editing(), body = {}, days = Number(byId('measure-days').value);
  if (now.text && now.changed) body.text = now.text;
  if (now.topic && (body.text || verb === 'suggest')) body.topic = now.topic;
  if (verb !== 'backtest' && samples) {
    body.samples = samples;
    if (map) body.map = map;
    body.marks = byId('measure-marks').checked;
  }
  if (days && (verb === 'backtest' || body.marks !== false)) body.since_days = days;
  return body;
}

async function begin(verb) {
  put(byId('measure-wrong'), '');
  put(byId('measure-said'), '');
  if (verb === 'suggest' && !editing().topic) return put(byId('measure-wrong'), t('mNeedTopic'));
  try {
    running = { verb, share: null, total: 0 };
    drawRunning();
    const { id } = await send('POST', `/api/v1/rules/${verb}`, asked(verb));
    put(byId('measure-said'), t('mBegun', t(`mVerb.${verb}`)));
    await watch(id);
  } catch (problem) {
    running = null;
    drawRunning();
    put(byId('measure-wrong'), said(problem.message) || t('failed'));
  }
  return null;
}

async function cancel() {
  try {
    if (running?.id) await send('DELETE', at(running.id));
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
}

async function textOf(e, most) {
  const [file] = e.target.files;
  put(byId('measure-wrong'), file && file.size > most ? t('mTooLarge') : '');
  return file && file.size <= most ? file.text() : null;
}

async function choose(e) {
  samples = await textOf(e, MOST);
  byId('measure-marks').disabled = !samples;
  byId('measure-map').disabled = !samples;
  if (!samples) byId('measure-marks').checked = true;
}

async function chooseMap(e) {
  map = await textOf(e, MAP_MOST);
}

function drawDays() {
  const value = byId('measure-days').value;
  byId('measure-days').replaceChildren(...[7, 30, 90, 0].map((n) => new Option(n ? t('mDays', n) : t('mAllDays'), String(n))));
  byId('measure-days').value = value || '30';
}

export function redrawMeasure() {
  drawDays();
  drawRunning();
  drawJobs();
}

export async function beginMeasure() {
  drawDays();
  for (const b of byId('measure').querySelectorAll('.begin')) b.addEventListener('click', () => begin(b.dataset.verb));
  byId('measure-cancel').addEventListener('click', cancel);
  byId('measure-file').addEventListener('change', choose);
  byId('measure-map').addEventListener('change', chooseMap);
  onEdit(() => { if (jobs.has('suggest')) drawJobs(); });
  const { items } = await get('/api/v1/rules/jobs');
  for (const one of items.filter((j) => j.state !== 'running')) jobs.set(one.verb, await get(at(one.id)));
  opened = [...jobs.values()].sort((a, b) => b.began.localeCompare(a.began))[0]?.id || '';
  drawJobs();
  byId('measure').dataset.ready = 'true';
  const now = items.find((j) => j.state === 'running');
  if (now) await watch(now.id);
}
