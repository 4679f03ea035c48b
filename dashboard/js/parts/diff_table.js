// Two texts side by side: only what differs, with its neighbours.
import { el } from '/js/dom.js';
import { t } from '/js/i18n.js';
import { differ, pieces } from '/js/parts/differ.js';

// Fills the table, headed by two words: is there any difference?
export function diffTable(table, before, after, heads) {
  const told = differ(before, after), rows = pieces(told.rows);
  const cell = (n, lines, kind) => [el('td', 'n', n === null ? '' : String(n)), el('td', n === null ? 'none' : kind, n === null ? '' : lines[n - 1])];
  const head = heads.map((w) => Object.assign(el('th', '', t(w)), { colSpan: 2, scope: 'colgroup' }));
  const widths = el('colgroup', '', ['n', '', 'n', ''].map((kind) => el('col', kind)));
  table.hidden = !rows.length;
  table.replaceChildren(widths, el('thead', '', el('tr', '', head)), el('tbody', '', rows.map((row) => row
    ? el('tr', row.same ? '' : 'changed', cell(row.old, told.before, row.same ? '' : 'gone'), cell(row.new, told.after, row.same ? '' : 'come'))
    : el('tr', 'gap', Object.assign(el('td', '', '⋯'), { colSpan: 4 })))));
  return rows.length > 0;
}
