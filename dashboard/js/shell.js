// What every page of those who work has around it: who is logged in, where to go, how it is shown.
import { byId, button, el, inside, put, title } from '/js/dom.js';
import { logOut, session, toLogin, whoAmI } from '/js/api.js';
import { drawWords, lang, onLanguage, switchLanguage, t } from '/js/i18n.js';
import { watchSession } from '/js/parts/session_end.js';
import { asShown, prefs, remember } from '/js/prefs.js';
import { everySecond, known, now, rate } from '/js/time.js';
import { forgetOthers, forgetTyped } from '/js/typed.js';
import { china } from '/format.js';

// [address, words, who has use for it]; one that ends in "/" goes on with this month.
const places = [
  ['/desk.html', 'desk', ['coordinator', 'operator', 'auditor', 'guest']],
  ['/inbox.html', 'inbox', ['unit', 'coordinator']],
  ['/handover.html', 'handover', ['coordinator', 'unit']],
  ['/reports/month/', 'monthly', ['unit']],
  ['/overview', 'overview', ['coordinator', 'operator', 'auditor', 'guest']],
  ['/reports/daily', 'daily', ['coordinator', 'auditor']],
  ['/workbench.html', 'workbench', ['coordinator', 'operator', 'auditor']],
  ['/sources.html', 'sourcesPage', ['coordinator', 'unit', 'operator', 'auditor', 'guest']],
  ['/wall.html', 'wall', ['coordinator', 'operator', 'guest']],
  ['/ledger', 'ledger', ['coordinator', 'unit', 'operator', 'auditor', 'guest']],
];

export const home = (role) => (places.find((p) => p[2].includes(role)) || ['/'])[0];

let link, told, alarm, clock, pace, nav, tools, menu;
let linkState = 'waiting';

export function setLink(state) {
  linkState = state;
  if (!link) return;
  link.dataset.state = state;
  put(link.lastChild, t(state));
}

// What a screen reader hears, and for a moment everybody sees.
let hide = 0;
export function tell(text, tone = 'good') {
  const where = tone === 'bad' ? alarm : told;
  put(where, '');
  put(where, text);
  where.dataset.tone = tone;
  where.classList.add('seen');
  clearTimeout(hide);
  hide = setTimeout(() => { told.classList.remove('seen'); alarm.classList.remove('seen'); }, 6000);
}

function large(on) {
  document.documentElement.toggleAttribute('data-large', on);
}

const month = () => new Date((known() ? now() : Date.now()) + 8 * 3600e3).toISOString().slice(0, 7);

function drawNav() {
  nav.replaceChildren(...places.filter((p) => p[2].includes(session.role)).map(([path, word]) => {
    const whole = path + (path.endsWith('/') ? month() : '');
    const a = inside(path.endsWith('.html') ? whole : asShown(whole), '', t(word));
    if (path === location.pathname) a.setAttribute('aria-current', 'page');
    return el('li', '', a);
  }));
  // On a phone the places are one line that is pushed along: the one we are at is in sight.
  const here = nav.querySelector('[aria-current]');
  if (here) nav.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - nav.clientWidth / 2;
}

function drawTools() {
  const size = button('quiet', t('large'), () => {
    remember({ large: !prefs.large });
    large(prefs.large);
    size.setAttribute('aria-pressed', String(prefs.large));
    drawNav();
  });
  size.setAttribute('aria-pressed', String(prefs.large));
  const language = button('quiet', t('other'), switchLanguage);
  language.lang = lang() === 'zh' ? 'en' : 'zh-CN';
  language.id = 'language';
  const rows = [size, language];
  if (session.account)
    rows.push(el('span', 'who', `${session.account} · ${t(session.role)}`),
      button('quiet', t('logOut'), async () => { forgetTyped(); await logOut(); location.replace('/login.html'); }));
  else if (session.role !== 'socket')
    rows.push(inside(`/login.html?next=${encodeURIComponent(location.pathname)}`, 'quiet', t('logIn')));
  tools.replaceChildren(...rows);
}

function header() {
  const skip = inside('#main', 'skip', '');
  skip.dataset.text = 'skip';
  const mark = el('img', 'mark');
  Object.assign(mark, { src: '/favicon.svg', alt: '', width: 30, height: 30 });
  nav = el('ul', 'scrolls');
  const around = el('nav', 'places', nav);
  around.dataset.label = 'places';
  link = el('p', 'link', el('span', 'dot'), el('span', ''));
  clock = el('time', '');
  pace = el('span', 'rate');
  pace.hidden = true;
  tools = el('div', 'tools');
  tools.id = 'tools';
  tools.popover = 'auto'; // opened by the button on a phone, always there on wider screens: desk.css
  menu = el('button', 'quiet menu', '');
  menu.type = 'button';
  menu.setAttribute('popovertarget', 'tools');
  told = el('p', 'told');
  told.setAttribute('role', 'status');
  alarm = el('p', 'told');
  alarm.setAttribute('role', 'alert');
  const bar = el('header', 'bar-top', inside('/', 'home', ''), around,
    el('p', 'hour', pace, clock), link, menu, tools);
  bar.querySelector('.home').append(mark, el('strong', '', '回应'));
  document.body.prepend(...[byId('drill'), skip, bar].filter(Boolean));
  document.body.append(told, alarm);
}

function tick() {
  if (!known()) return;
  const at = china(now());
  put(clock, `${at.date} ${at.time}`);
  pace.hidden = rate() === 1;
  put(pace, t('demo', rate()));
}

function drawShell() {
  drawNav();
  drawTools();
  setLink(linkState);
  tick();
  const word = document.body.dataset.title;
  if (word) title(`${t(word)} · 回应`);
  put(menu, t('mine'));
}

// The page's frame, once it is known who looks; a page for others leads them away.
export async function shell() {
  large(prefs.large);
  await whoAmI();
  if (session.role === 'public') return toLogin();
  forgetOthers();
  header();
  const here = places.find((p) => p[0] === location.pathname);
  drawWords();
  drawShell();
  onLanguage(drawShell);
  everySecond(tick);
  watchSession();
  if (here && !here[2].includes(session.role)) {
    byId('main').replaceChildren(el('p', 'notice', t('notYours')));
    return new Promise(() => {});
  }
  return session;
}
