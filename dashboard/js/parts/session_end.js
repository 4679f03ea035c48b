// A session's end: told two minutes before, put off by one key or tap. Asking how long it has is no
// use of it, so that watching does not keep it.
import { button, el, put } from '/js/dom.js';
import { get, logOut, lookAtSession, session, toLogin } from '/js/api.js';
import { t } from '/js/i18n.js';

const WARN_S = 120, LOOK_S = 300, AGAIN_S = 15;
let timer = 0, ticking = 0, dialog = null, told = false;

function after(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(1, seconds) * 1000);
}

function close() {
  clearInterval(ticking);
  dialog?.close();
  dialog = null;
}

async function goOn() {
  try {
    await get('/api/v1/status'); // any use puts the end off
  } catch {
    // What look() finds then is so.
  }
  close();
  await look();
}

// Seen, not read out each second: the text says it once.
function countdown(left) {
  const shown = el('p', 'left'), end = performance.now() + left * 1000;
  shown.setAttribute('aria-hidden', 'true');
  const tick = () => {
    const s = Math.max(0, Math.round((end - performance.now()) / 1000));
    put(shown, `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`);
  };
  tick();
  clearInterval(ticking);
  ticking = setInterval(tick, 1000);
  return shown;
}

function part(tag, id, text) {
  const e = el(tag, '', text);
  e.id = id;
  return e;
}

// `fixed`: the twelve hours are over, which nothing puts off.
function warn(left, fixed) {
  const answer = fixed ? () => close() : goOn;
  const row = el('p', 'row', button('act-go', t(fixed ? 'endSeen' : 'endGoOn'), answer),
    fixed && button('quiet', t('endNow'), () => logOut().catch(() => {}).then(toLogin)));
  dialog = el('dialog', 'act-form ending', part('h2', 'ending-title', t('endTitle')), countdown(left),
    part('p', 'ending-text', t(fixed ? 'endFixed' : 'endSoon')), row);
  dialog.setAttribute('role', 'alertdialog');
  dialog.setAttribute('aria-labelledby', 'ending-title');
  dialog.setAttribute('aria-describedby', 'ending-text');
  dialog.addEventListener('cancel', (e) => { e.preventDefault(); answer(); }); // Esc: somebody is there
  dialog.addEventListener('close', (e) => e.target.remove());
  document.body.append(dialog);
  dialog.showModal(); // which gives the focus back to where it was when it is closed
}

function plan({ ends_in: left, limit_in: limit }) {
  if (left > WARN_S) {
    told = false;
    close();
    after(Math.min(left - WARN_S, LOOK_S));
    return;
  }
  if (!told) {
    told = true;
    warn(left, limit <= left);
  }
  after(Math.min(left + 1, AGAIN_S)); // another tab may have put it off
}

async function look() {
  try {
    const who = await lookAtSession();
    if (who.account === session.account) plan(who);
    else toLogin();
  } catch {
    after(AGAIN_S);
  }
}

export function watchSession() {
  if (!session.account || session.ends_in === null) return;
  plan(session);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
  addEventListener('pageshow', (e) => { if (e.persisted) look(); });
}
