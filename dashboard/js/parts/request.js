// The request type (诉求类型) of an item, on which deadlines depend: told, and corrected by one key or click.
import { button, el } from '/js/dom.js';
import { send, session } from '/js/api.js';
import { said, t } from '/js/i18n.js';
import { tell } from '/js/shell.js';

// The same keys on every page; 1 and 2 say of a verdict that it is right or wrong.
const KEYS = { 3: 'enquiry', 4: 'help', 5: 'suggestion', 6: 'complaint', 7: 'report' };

export const mayMark = () => ['coordinator', 'operator'].includes(session.role);

async function correct(id, request, done) {
  try {
    await send('PUT', `/api/v1/items/${id}/mark`, { request });
    tell(t('marked', t(`request.${request}`)));
    done(request);
  } catch (problem) {
    tell(said(problem.message) || t('failed'), 'bad');
  }
}

// of(): {id, request} of the item that is meant, or nothing; done(request) hears what it is now.
export const requestKeys = (of, done) => Object.fromEntries(Object.entries(KEYS).map(([key, request]) =>
  [key, () => { const item = mayMark() && of(); if (item) correct(item.id, request, (now) => done(item, now)); }]));

export function requestRow(item, done) {
  const row = el('p', 'row requests', el('span', 'sub', t('requestType')), Object.entries(KEYS).map(([key, request]) => {
    const b = button('quiet small', `${key} ${t(`request.${request}`)}`, () => correct(item.id, request, (now) => done(item, now)));
    b.dataset.request = request;
    b.setAttribute('aria-pressed', String(item.request === request));
    return b;
  }));
  row.setAttribute('role', 'group');
  row.setAttribute('aria-label', t('requestType'));
  return row;
}
