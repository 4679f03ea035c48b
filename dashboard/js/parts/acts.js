// What may be done with a concern, by whom, and the form that each act asks for. The ledger decides;
// this table only keeps from view what it would refuse anyway.
import { button, el, put } from '/js/dom.js';
import { act, get, moreMentions, session } from '/js/api.js';
import { nameOf, said, t } from '/js/i18n.js';
import { coordinator, gradeName, isBelow, outside, unitName, units } from '/js/names.js';
import { now } from '/js/time.js';
import { tell } from '/js/shell.js';
import { typing } from '/js/typed.js';

const LIVE = ['found', 'open', 'accepted', 'declined'], IN_HAND = ['open', 'accepted'];
const TOLD = [...IN_HAND, 'declined'];
const asked = (c) => c.extension_asked || (c.dismissal && c.state !== 'closed') || c.draft;

// act: [states, who (D decides, L leads, A assists, S signs another unit's text, O operators, who group, N on duty for
// the lead, U a unit above it), fields, what else
// must hold]
const table = {
  assess: [LIVE, 'D', ['grade', 'emergency', 'criteria', 'note!']],
  dispatch: [['found'], 'D', ['units', 'note'], (c) => c.assessed],
  accept: [['open'], 'DLN', []],
  'accept-part': [TOLD, 'A', [], (c, part) => part?.state === 'told'],
  answer: [LIVE, 'DLA', ['url', 'scope', 'article', 'note'], (c) => c.state !== 'found' || session.role !== 'unit'],
  draft: [['found', ...IN_HAND], 'DL', ['text!', 'note'], (c) => !asked(c)],
  progress: [LIVE, 'DLA', ['step', 'url!', 'note']],
  decline: [['open'], 'L', ['note!']],
  reassign: [TOLD, 'D', ['one!', 'note']],
  'hand-on': [IN_HAND, 'L', ['one!', 'note'], () => [...units.keys()].some((u) => isBelow(u, session.unit))],
  assist: [IN_HAND, 'D', ['units!', 'note']],
  remind: [IN_HAND, 'DU', ['note']],
  extend: [IN_HAND, 'DL', ['until!', 'note!'], (c) => !asked(c) && Date.parse(c.due) > now()],
  approve: [[...LIVE, 'closed'], 'DS', ['note'], (c) => asked(c)],
  deny: [[...LIVE, 'closed'], 'DS', ['note!'], (c) => asked(c) || c.state === 'declined'],
  dismiss: [LIVE, 'DL', ['code!', 'note'], (c) => c.state !== 'found' || session.role !== 'unit'],
  'hand-out': [LIVE, 'D', ['channel!', 'note!'], () => outside.length > 0],
  merge: [LIVE, 'DO', ['other!', 'note']],
  split: [LIVE, 'DO', ['items!', 'note'], (c) => c.mentions?.length > 1],
  move: [LIVE, 'DO', ['items!', 'other!', 'note'], (c) => c.mentions?.length > 1],
  close: [IN_HAND, 'DL', ['note'], (c) => c.events?.some((e) => e.type.endsWith('.progress'))],
  return: [['closed'], 'DU', ['note!'], (c) => c.outcome === 'answered'],
  reopen: [['closed'], 'D', ['note!'], (c) => c.outcome !== 'merged'],
};

const verb = (name) => name === 'accept-part' ? 'accept' : name;

function roleIn(c) {
  if (session.role === 'coordinator') return { who: 'D' };
  if (session.role === 'operator') return { who: 'O' };
  if (session.role !== 'unit') return { who: '' };
  const part = c.parties.find((p) => p.unit.id === session.unit);
  const signs = c.draft?.text && c.draft.by !== session.unit;
  const own = part ? (part.lead ? 'L' : 'A') : signs ? 'S' : '';
  return { who: own + (c.deputy?.id === session.unit ? 'N' : '') + (isBelow(c.unit.id, session.unit) ? 'U' : ''), part };
}

// The acts that are open to who looks, as a list of names, the likeliest first.
export function actsFor(c) {
  const { who, part } = roleIn(c);
  return Object.entries(table).filter(([, [states, may, , more]]) =>
    [...who].some((w) => may.includes(w)) && states.includes(c.state) && (!more || more(c, part)))
    .map(([name]) => name);
}

// Reads the control of one field; undefined: nothing was given.
const readers = {
  units: (e) => { const ids = [...e.selectedOptions].map((o) => o.value); return ids.length ? ids : undefined; },
  one: (e) => e.value ? [e.value] : undefined,
  items: (e) => { const ids = [...e.querySelectorAll('input:checked')].map((i) => i.value); return ids.length ? ids : undefined; },
  criteria: (e) => { const n = [...e.querySelectorAll('input:checked')].map((i) => Number(i.value)); return n.length ? n : undefined; },
  emergency: (e) => e.value ? e.value === 'yes' : undefined,
  until: (e) => e.value ? `${e.value.length === 16 ? `${e.value}:00` : e.value}+08:00` : undefined,
};
const sentAs = { channel: 'url', one: 'units' };

function options(select, values, blank) {
  if (blank) select.append(new Option(blank, ''));
  for (const [value, text] of values) select.append(new Option(text, value));
  return select;
}

function unitChoices(c, verbName) {
  const taken = new Set(c.parties.filter((p) => p.state !== 'left').map((p) => p.unit.id));
  const lead = c.parties.find((p) => p.lead)?.unit.id;
  return [...units.values()].filter((u) => verbName === 'hand-on' ? isBelow(u.id, session.unit)
    : verbName === 'reassign' ? u.id !== lead : verbName === 'assist' ? !taken.has(u.id) : true)
    .map((u) => [u.id, unitName(u.id)]);
}

// What a reply of an earlier round promised, and nothing was published of yet.
const promised = (c) => c.clocks?.some((k) => k.act === 'promise' && !k.met) ? ['promise'] : [];

function control(kind, c, verbName) {
  const input = (type) => Object.assign(el('input'), { type });
  switch (kind) {
    case 'url': return Object.assign(input('url'), { maxLength: 2000, placeholder: 'https://' });
    case 'channel': return options(el('select'), outside.map((o) => [o.channel, nameOf(o)]));
    case 'other': return Object.assign(input('text'), { pattern: 'c[1-9][0-9]*', placeholder: 'c12' });
    case 'until': return input('datetime-local');
    case 'text': return Object.assign(el('textarea'), { rows: 8, maxLength: 2000 });
    case 'note': return Object.assign(el('textarea'), { rows: 2, maxLength: 200 });
    case 'grade': return options(el('select'), ['ordinary', 'larger', 'major', 'grave'].map((g) => [g, gradeName(g)]));
    case 'emergency': return options(el('select'), ['yes', 'no'].map((k) => [k, t(k)]), t('asItWas', t(c.emergency ? 'yes' : 'no')));
    case 'step': return options(el('select'), ['first-info', 'briefing', ...promised(c)].map((k) => [k, t(`clock.${k}`)]));
    case 'code': return options(el('select'), ['advertisement', 'elsewhere', 'old-news', 'notice'].map((k) => [k, t(`code.${k}`)]));
    case 'scope': return options(el('select'), ['full', 'summary', 'withheld'].map((k) => [k, t(`scope.${k}`)]));
    case 'article': return options(el('select'), ['article-14', 'article-15', 'article-16'].map((k) => [k, t(`article.${k}`)]), '—');
    case 'units': return options(Object.assign(el('select'), { multiple: true, size: 5 }), unitChoices(c, verbName));
    case 'one': return options(el('select'), unitChoices(c, verbName));
    case 'criteria': return el('div', 'choose');
    default: return items(c);
  }
}

// The criteria of the grade that is chosen, to tick: by their numbers from 1.
function criteriaFor(made, c) {
  const of = (kind) => made.find((m) => m.kind === kind);
  const grade = of('grade')?.e, list = of('criteria');
  if (!list) return null;
  const draw = () => {
    const all = c.grades?.[grade.value] || [];
    list.e.replaceChildren(...all.map((k, i) => el('label', '',
      Object.assign(el('input'), { type: 'checkbox', value: String(i + 1) }), ` ${k.text} `, el('span', 'sub', k.source))));
    list.label.hidden = !all.length;
  };
  grade.value = c.proposed || c.grade;
  grade.addEventListener('change', draw);
  draw();
  return draw;
}

function items(c) {
  const list = el('div', 'choose'), boxOf = (m) => el('label', '',
    Object.assign(el('input'), { type: 'checkbox', value: m.id }), ` ${m.title || t('untitled')}`);
  list.append(...(c.mentions || []).map(boxOf));
  const more = button('quiet small', t('more'), async () => {
    const had = c.mentions.length, left = await moreMentions(c).catch((problem) => tell(said(problem.message), 'bad') || true);
    const added = c.mentions.slice(had).map(boxOf);
    more.before(...added);
    added[0]?.querySelector('input').focus();
    more.hidden = !left;
  });
  if (c.mentions_cursor) list.append(more);
  return list;
}

function field(spec, c, verbName) {
  const needed = spec.endsWith('!'), kind = needed ? spec.slice(0, -1) : spec;
  const e = control(kind, c, verbName);
  const several = ['items', 'criteria'].includes(kind);
  const label = el(several ? 'fieldset' : 'label', 'field',
    el(several ? 'legend' : 'span', 'name', t(`field.${kind}`), needed ? ` (${t('needed')})` : ''), e);
  if (needed && kind !== 'items') e.required = true;
  return { kind, e, label };
}

async function run(c, name, body, after) {
  const answer = await act(c.id, verb(name), body);
  const said_ = t(`act.${verb(name)}`);
  tell(answer.seq === null ? t('unchanged', said_, c.id) : t('done', said_, c.id));
  await after?.(answer);
}

// A control's value as it stands, and put back: of lists what is chosen.
const chosen = (e) => (e.multiple ? [...e.options] : [...e.querySelectorAll('input')]);
const isList = (e) => e.multiple || e.matches('div');
const chosenIn = (e) => chosen(e).filter((o) => o.selected || o.checked).map((o) => o.value);

function fill(e, value) {
  if (!isList(e)) e.value = value;
  else for (const o of chosen(e)) o[e.multiple ? 'selected' : 'checked'] = value.includes(o.value);
}

function actTyped() {
  const dialog = document.querySelector('dialog[data-asks]');
  const controls = [...dialog?.querySelectorAll('[data-kind]') || []];
  if (!controls.some((e) => e.matches('input, textarea') && e.value.trim())) return null;
  return { act: dialog.dataset.asks, concern: dialog.dataset.of,
    given: Object.fromEntries(controls.map((e) => [e.dataset.kind, isList(e) ? chosenIn(e) : e.value])) };
}
typing('act', actTyped);

function show(dialog) {
  document.body.append(dialog);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.showModal();
}

function ask(c, name, fields, after, lead, given = {}) {
  const wrong = el('p', 'wrong');
  wrong.setAttribute('role', 'alert');
  const title = el('h2', '', t('actFor', t(`act.${verb(name)}`), c.id));
  title.id = 'act-title';
  const made = fields.map((f) => field(f, c, verb(name)));
  const redraw = criteriaFor(made, c);
  for (const { kind, e } of made) {
    e.dataset.kind = kind;
    if (given[kind]) fill(e, given[kind]);
    if (kind === 'grade') redraw();
  }
  const go = el('button', 'act-go', t('send'));
  const dialog = el('dialog', 'act-form');
  dialog.setAttribute('aria-labelledby', 'act-title');
  Object.assign(dialog.dataset, { asks: name, of: c.id });
  const form = el('form', '', title, lead ? el('p', '', lead) : null, ...made.map((m) => m.label), wrong,
    el('p', 'row', go, button('quiet', t('cancel'), () => dialog.close())));
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    const body = lead ? { unit: c.unit.id } : {};
    for (const { kind, e: input } of made) {
      const value = readers[kind] ? readers[kind](input) : input.value.trim() || undefined;
      if (value !== undefined) body[sentAs[kind] || kind] = value;
    }
    if (body.scope === 'full') delete body.scope;
    if (c.draft && ['approve', 'deny'].includes(name)) body.draft = c.draft.seq;
    go.disabled = true;
    put(wrong, '');
    try {
      await run(c, name, body, after);
      dialog.close();
    } catch (problem) {
      put(wrong, said(problem.message) || t('failed'));
      go.disabled = false;
    }
  });
  dialog.append(form);
  show(dialog);
}

// The form of an act as it was typed before; where the act is no longer open, its texts, to copy.
export function actAgain(c, { act: name, concern, given }, after) {
  if (c?.id === concern && actsFor(c).includes(name)) {
    ask(c, name, table[name][2], after, null, given);
    tell(t('typedBack'));
    return;
  }
  const title = el('h2', '', t('typedLeft'));
  title.id = 'act-title';
  const dialog = el('dialog', 'act-form', title, el('p', '', t('typedLate', t(`act.${verb(name)}`), concern)),
    ['text', 'note', 'url'].filter((k) => given[k]).map((k) => el('p', 'draft', given[k])));
  dialog.append(el('p', 'row', button('act-go', t('close'), () => dialog.close())));
  dialog.setAttribute('aria-labelledby', 'act-title');
  show(dialog);
}

// Do one act: at once when it asks for nothing, else by its form. `after` is called once it is done.
export async function doAct(c, name, after) {
  const fields = table[name][2];
  const lead = c.parties.find((p) => p.lead)?.unit.id;
  const proxy = name === 'accept' && session.role === 'coordinator' && lead && lead !== coordinator();
  if (fields.includes('criteria') && !c.grades) c = await get(`/api/v1/concerns/${c.id}`).catch(() => c); // of a list
  if (fields.length && name !== 'remind') return ask(c, name, fields, after);
  if (proxy) return ask(c, name, [], after, t('acceptFor', unitName(lead)));
  try {
    await run(c, name, {}, after);
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
}

// 并单 into another concern, or the closed one that this one raised again: at once where that is
// open; else the form asks for the reason that reopening takes.
export async function mergeAgain(c, open, after, other = c.related) {
  if (!open) return ask(c, 'merge', table.merge[2], after, null, { other });
  try {
    await run(c, 'merge', { other }, after);
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
}

// Whose name 转办 has for who looks, or null: 改派 and 派单 of the desk, 转派 of a unit.
export function transferOf(c) {
  const open = actsFor(c);
  return ['dispatch', 'reassign', 'hand-on'].find((name) => open.includes(name)) || null;
}

export function actButton(c, name, after, className = 'do') {
  const b = button(className, t(`act.${verb(name)}`), () => doAct(c, name, after));
  b.dataset.act = verb(name);
  return b;
}
