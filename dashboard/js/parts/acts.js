// What may be done with a concern, by whom, and the form that each act asks for. The ledger decides;
// this table only keeps from view what it would refuse anyway.
import { button, el, put } from '/js/dom.js';
import { act, session } from '/js/api.js';
import { said, t } from '/js/i18n.js';
import { coordinator, gradeName, isBelow, unitName, units } from '/js/names.js';
import { now } from '/js/time.js';
import { tell } from '/js/shell.js';

const LIVE = ['found', 'open', 'accepted', 'declined'], IN_HAND = ['open', 'accepted'];
const TOLD = [...IN_HAND, 'declined'];
const asked = (c) => c.extension_asked || (c.dismissal && c.state !== 'closed') || c.draft;

// act: [states, who (D decides, L leads, A assists, S signs another unit's text), fields, what else
// must hold]
const table = {
  assess: [LIVE, 'D', ['grade', 'note!']],
  dispatch: [['found'], 'D', ['units', 'note'], (c) => c.assessed],
  accept: [['open'], 'DL', []],
  'accept-part': [TOLD, 'A', [], (c, part) => part?.state === 'told'],
  answer: [LIVE, 'DLA', ['url', 'scope', 'article', 'note'], (c) => c.state !== 'found' || session.role !== 'unit'],
  draft: [['found', ...IN_HAND], 'DL', ['text!', 'note'], (c) => !asked(c)],
  progress: [LIVE, 'DLA', ['url!', 'note']],
  decline: [['open'], 'L', ['note!']],
  reassign: [TOLD, 'D', ['one!', 'note']],
  'hand-on': [IN_HAND, 'L', ['one!', 'note'], () => [...units.keys()].some((u) => isBelow(u, session.unit))],
  assist: [IN_HAND, 'D', ['units!', 'note']],
  remind: [IN_HAND, 'D', ['note']],
  extend: [IN_HAND, 'DL', ['until!', 'note!'], (c) => !asked(c) && Date.parse(c.due) > now()],
  approve: [[...LIVE, 'closed'], 'DS', ['note'], (c) => asked(c)],
  deny: [[...LIVE, 'closed'], 'DS', ['note!'], (c) => asked(c) || c.state === 'declined'],
  dismiss: [LIVE, 'DL', ['code!', 'note'], (c) => c.state !== 'found' || session.role !== 'unit'],
  'hand-out': [LIVE, 'D', ['url!', 'note!']],
  merge: [LIVE, 'D', ['other!', 'note']],
  split: [LIVE, 'D', ['items!', 'note'], (c) => c.mentions?.length > 1],
  move: [LIVE, 'D', ['items!', 'other!', 'note'], (c) => c.mentions?.length > 1],
  close: [IN_HAND, 'DL', ['note'], (c) => c.events?.some((e) => e.type.endsWith('.progress'))],
  return: [['closed'], 'D', ['note!'], (c) => c.outcome === 'answered'],
  reopen: [['closed'], 'D', ['note!'], (c) => c.outcome !== 'merged'],
};

const verb = (name) => name === 'accept-part' ? 'accept' : name;

function roleIn(c) {
  if (session.role === 'coordinator') return { who: 'D' };
  const part = session.role === 'unit' && c.parties.find((p) => p.unit.id === session.unit);
  const signs = c.draft?.text && c.draft.by !== session.unit;
  return { who: !part ? (signs ? 'S' : '') : part.lead ? 'L' : 'A', part };
}

// The acts that are open to who looks, as a list of names, the likeliest first.
export function actsFor(c) {
  const { who, part } = roleIn(c);
  return Object.entries(table).filter(([, [states, may, , more]]) =>
    who && may.includes(who) && states.includes(c.state) && (!more || more(c, part)))
    .map(([name]) => name);
}

// Reads the control of one field; undefined: nothing was given.
const readers = {
  units: (e) => { const ids = [...e.selectedOptions].map((o) => o.value); return ids.length ? ids : undefined; },
  one: (e) => e.value ? [e.value] : undefined,
  items: (e) => { const ids = [...e.querySelectorAll('input:checked')].map((i) => i.value); return ids.length ? ids : undefined; },
  until: (e) => e.value ? `${e.value.length === 16 ? `${e.value}:00` : e.value}+08:00` : undefined,
};
const sentAs = { one: 'units' };

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

function control(kind, c, verbName) {
  const input = (type) => Object.assign(el('input'), { type });
  switch (kind) {
    case 'url': return Object.assign(input('url'), { maxLength: 2000, placeholder: 'https://' });
    case 'other': return Object.assign(input('text'), { pattern: 'c[1-9][0-9]*', placeholder: 'c12' });
    case 'until': return input('datetime-local');
    case 'text': return Object.assign(el('textarea'), { rows: 8, maxLength: 2000 });
    case 'note': return Object.assign(el('textarea'), { rows: 2, maxLength: 200 });
    case 'grade': return options(el('select'), ['ordinary', 'larger', 'major', 'grave'].map((g) => [g, gradeName(g)]));
    case 'code': return options(el('select'), ['advertisement', 'elsewhere', 'old-news', 'notice'].map((k) => [k, t(`code.${k}`)]));
    case 'scope': return options(el('select'), ['full', 'summary', 'withheld'].map((k) => [k, t(`scope.${k}`)]));
    case 'article': return options(el('select'), ['article-14', 'article-15', 'article-16'].map((k) => [k, t(`article.${k}`)]), '—');
    case 'units': return options(Object.assign(el('select'), { multiple: true, size: 5 }), unitChoices(c, verbName));
    case 'one': return options(el('select'), unitChoices(c, verbName));
    default: return items(c);
  }
}

function items(c) {
  const list = el('div', 'choose');
  for (const m of c.mentions || []) {
    const box = Object.assign(el('input'), { type: 'checkbox', value: m.id });
    list.append(el('label', '', box, ` ${m.title || t('untitled')}`));
  }
  return list;
}

function field(spec, c, verbName) {
  const needed = spec.endsWith('!'), kind = needed ? spec.slice(0, -1) : spec;
  const e = control(kind, c, verbName);
  const label = el(kind === 'items' ? 'fieldset' : 'label', 'field',
    el(kind === 'items' ? 'legend' : 'span', 'name', t(`field.${kind}`), needed ? ` (${t('needed')})` : ''), e);
  if (needed && kind !== 'items') e.required = true;
  return { kind, e, label };
}

async function run(c, name, body, after) {
  const answer = await act(c.id, verb(name), body);
  const said_ = t(`act.${verb(name)}`);
  tell(answer.seq === null ? t('unchanged', said_, c.id) : t('done', said_, c.id));
  await after?.(answer);
}

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
  for (const { kind, e } of made) if (given[kind]) e.value = given[kind];
  const go = el('button', 'act-go', t('send'));
  const dialog = el('dialog', 'act-form');
  dialog.setAttribute('aria-labelledby', 'act-title');
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

// Do one act: at once when it asks for nothing, else by its form. `after` is called once it is done.
export async function doAct(c, name, after) {
  const fields = table[name][2];
  const lead = c.parties.find((p) => p.lead)?.unit.id;
  const proxy = name === 'accept' && session.role === 'coordinator' && lead && lead !== coordinator();
  if (fields.length && name !== 'remind') return ask(c, name, fields, after);
  if (proxy) return ask(c, name, [], after, t('acceptFor', unitName(lead)));
  try {
    await run(c, name, {}, after);
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
}

// 并单 into the closed concern that this one raised again: at once where that is open again; else
// the form asks for the reason that reopening takes.
export async function mergeAgain(c, open, after) {
  if (!open) return ask(c, 'merge', table.merge[2], after, null, { other: c.related });
  try {
    await run(c, 'merge', { other: c.related }, after);
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
