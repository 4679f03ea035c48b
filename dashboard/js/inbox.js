// 承办: what a unit has to do, by what it waits for; 签收 is two taps from its notification.
import { byId, el, put } from '/js/dom.js';
import { session } from '/js/api.js';
import { drawWords, nameOf, onLanguage, t } from '/js/i18n.js';
import { Live } from '/js/live.js';
import { coordinator, loadNames, topics, unitName, units } from '/js/names.js';
import { Concerns } from '/js/parts/concerns.js';
import { concernRow, dueOf } from '/js/parts/row.js';
import { setLink, shell } from '/js/shell.js';
import { everySecond, now } from '/js/time.js';

const SOON = 4 * 3600e3;
const tabs = {
  accept: (c, part) => part.state === 'told' && c.state !== 'declined',
  work: (c, part) => part.state === 'accepted',
  soon: (c, part, left) => left >= 0 && left < SOON,
  late: (c, part, left) => left < 0,
  back: (c) => c.round > 1,
};
let concerns, unit = '', drawing = 0, rows = [], drawn = '', minute = 0;

const asked = () => new URLSearchParams(location.search);
const tab = () => (asked().get('tab') in tabs ? asked().get('tab') : 'accept');

function keep(name, value) {
  const query = asked();
  query.set(name, value);
  history.replaceState(null, '', `${location.pathname}?${query}`);
}

// Its own part; of who is on duty for the lead (值守) the lead's, as long as that is to be accepted.
const part = (c) => c.parties.find((p) => p.unit.id === unit && !['left', 'declined'].includes(p.state)) ||
  (c.deputy?.id === unit && c.state === 'open' ? c.parties.find((p) => p.lead) : undefined);
const mine = (at) => [...concerns.all.values()].filter(part).map((c) => [c, part(c), dueOf(c) - at]);

// How many each tab has: that changes with the time, without an event.
const counts = (list) => Object.values(tabs).map((fits) => list.filter(([c, p, left]) => fits(c, p, left)).length).join(' ');

function tick(at) {
  for (const row of rows) row.tick(at);
  const thisMinute = Math.floor(at / 60e3);
  if (thisMinute === minute || !unit) return;
  minute = thisMinute;
  if (counts(mine(at)) !== drawn) soon();
}

function drawTabs(list) {
  const box = byId('tabs');
  if (!box.children.length)
    for (const name of Object.keys(tabs)) {
      const b = el('button', '', el('span', 'name', ''), ' ', el('span', 'n', ''));
      Object.assign(b, { type: 'button', id: `tab-${name}` });
      b.setAttribute('role', 'tab');
      b.setAttribute('aria-controls', 'panel');
      b.addEventListener('click', () => { keep('tab', name); draw(); });
      box.append(b);
    }
  for (const [name, fits] of Object.entries(tabs)) {
    const b = byId(`tab-${name}`), n = list.filter(([c, p, left]) => fits(c, p, left)).length;
    put(b.firstChild, t(`tab.${name}`));
    put(b.lastChild, String(n));
    b.setAttribute('aria-selected', String(name === tab()));
    b.tabIndex = name === tab() ? 0 : -1;
    b.dataset.tone = n && ['late', 'back'].includes(name) ? 'bad' : n && ['accept', 'soon'].includes(name) ? 'warn' : '';
  }
  byId('panel').setAttribute('aria-labelledby', `tab-${tab()}`);
}

function moveTab(e) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key], names = Object.keys(tabs);
  if (!by) return;
  keep('tab', names[(names.indexOf(tab()) + by + names.length) % names.length]);
  draw();
  byId(`tab-${tab()}`).focus();
}

function draw() {
  drawing = 0;
  const at = now(), list = mine(at);
  drawn = counts(list);
  drawTabs(list);
  const shown = list.filter(([c, p, left]) => tabs[tab()](c, p, left)).sort((a, b) => a[2] - b[2]);
  const focused = document.activeElement?.closest?.('#list > li')?.dataset.id;
  rows = shown.map(([c]) => concernRow(c, () => concerns.look(c.id)));
  byId('list').replaceChildren(...rows.map((r) => r.li));
  for (const row of rows) row.tick(at);
  if (focused) byId('list').querySelector(`[data-id="${focused}"] .topic`)?.focus();
  byId('empty').hidden = rows.length > 0;
  put(byId('empty'), t('tabEmpty'));
  put(byId('unit-name'), unitName(unit));
  byId('list').dataset.ready = 'true';
}

const soon = () => { if (!drawing) drawing = requestAnimationFrame(draw); };

function chooseUnit() {
  const select = byId('unit');
  select.replaceChildren(...[...units.values()].map((u) => new Option(nameOf(u), u.id)));
  unit = session.unit || (units.has(asked().get('unit')) ? asked().get('unit') : coordinator());
  select.value = unit;
  byId('choose-unit').hidden = Boolean(session.unit);
}

async function begin() {
  await shell();
  concerns = new Concerns(soon);
  byId('tabs').addEventListener('keydown', moveTab);
  byId('unit').addEventListener('change', (e) => { unit = e.target.value; keep('unit', unit); reload(); });
  const filter = () => session.unit ? '' : `&unit=${encodeURIComponent(unit)}`;
  const reload = async () => {
    if (!topics.size) { await loadNames(); chooseUnit(); }
    await concerns.load(filter());
  };
  const live = new Live({ reload, state: setLink, event: (e) => { if (e.data.concern) concerns.look(e.data.concern); } });
  onLanguage(() => { drawWords(); chooseUnit(); soon(); });
  everySecond(tick);
  await live.begin();
}

begin();
