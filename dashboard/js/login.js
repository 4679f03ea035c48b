// The log-in page.
import { byId, put, title } from '/js/dom.js';
import { logIn, whoAmI } from '/js/api.js';
import { drawWords, onLanguage, said, switchLanguage, t } from '/js/i18n.js';
import { prefs, remember } from '/js/prefs.js';
import { home } from '/js/shell.js';
import { hasTyped } from '/js/typed.js';

// Only an address of this daemon: a link must not use us to lead somebody elsewhere.
function next(role) {
  const asked = new URLSearchParams(location.search).get('next') || '';
  try {
    const url = new URL(asked, location.origin);
    if (asked.startsWith('/') && url.origin === location.origin && url.pathname !== '/login.html')
      return url.pathname + url.search + url.hash;
  } catch {
    // No address: to the first page of the role.
  }
  return home(role);
}

function draw() {
  put(byId('language'), t('other'));
  byId('language').lang = prefs.lang === 'zh' ? 'en' : 'zh-CN';
  byId('large').setAttribute('aria-pressed', String(prefs.large));
  document.documentElement.toggleAttribute('data-large', prefs.large);
  title(`${t('logIn')} · 回应`);
  if (new URLSearchParams(location.search).has('ended'))
    put(byId('ended'), t('ended') + (hasTyped() ? t('endedKept') : ''));
}

async function submit(e) {
  e.preventDefault();
  const form = byId('login'), go = byId('go'), wrong = byId('wrong');
  go.disabled = true;
  put(wrong, '');
  try {
    const who = await logIn(form.account.value.trim(), form.password.value);
    location.replace(next(who.role));
  } catch (problem) {
    put(wrong, said(problem.message) || t('failed'));
    form.password.value = '';
    form.password.focus();
    go.disabled = false;
  }
}

byId('login').addEventListener('submit', submit);
byId('language').addEventListener('click', switchLanguage);
byId('large').addEventListener('click', () => { remember({ large: !prefs.large }); draw(); });
onLanguage(draw);
drawWords();
draw();
whoAmI().then((who) => { if (who.account) location.replace(next(who.role)); }).catch(() => {});
byId('login').dataset.ready = 'true';
