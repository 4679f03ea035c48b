// How a source fares, in words: what is wrong, since when, what comes next, and what its operator can do.
import { button, el, put } from '/js/dom.js';
import { said, t } from '/js/i18n.js';
import { moment, now } from '/js/time.js';

const ASKS_PATIENCE = [429, 503], REMEMBERED = 8; // its last polls, of which the API tells since when
const isAhead = (text) => text && Date.parse(text) > now();

// Which of these it is; each has words of its own.
export function standing(s) {
  if (s.state === 'quarantined') return s.quarantine_until || s.next_poll ? 'died' : 'few';
  if (s.state === 'failing' && ASKS_PATIENCE.includes(s.last_status)) return 'resting';
  return s.state;
}

const http = (s) => s.last_status >= 300 ? ` (HTTP ${s.last_status})` : '';
const WHY = {
  retired: () => t('whyRetired'), paused: () => t('whyPaused'),
  died: (s) => t('whyDied', said(s.quarantine_reason)), few: (s) => said(s.quarantine_reason),
  silent: (s) => said(s.problem) || t('whySilent'),
  resting: (s) => `${said(s.problem)}${http(s)}`, failing: (s) => `${said(s.problem) || t('polled.failed')}${http(s)}`,
};
const NEXT = {
  retired: () => t('nextNever'), paused: () => t('nextPaused'), few: () => t('nextNever'),
  died: (s) => isAhead(s.next_poll) ? t('nextDied', moment(s.next_poll)) : t('nextWaits'),
  silent: () => t('nextSilent'),
  resting: (s) => isAhead(s.next_poll) ? t('nextRests', moment(s.next_poll)) : t('nextWaits'),
  failing: (s) => isAhead(s.next_poll) ? t('nextFails', moment(s.next_poll)) : t('nextWaits'),
};
const since = (s) => [
  s.since && (s.state === 'failing' && s.failures > REMEMBERED ? t('sinceBefore', moment(s.since)) : t('since', moment(s.since))),
  s.state === 'failing' && s.failures > 1 && t('inARow', s.failures),
].filter(Boolean).join(t('comma'));

const told = (name, text) => text && el('p', name, text);

// The words of a source; `acts`: for who can do something about it.
export function stateWords(s, acts) {
  const is = standing(s), well = is === 'active';
  const advice = acts && !well && t(`do.${is}${is === 'retired' && s.configured ? 'Configured' : ''}`);
  return el('div', 'words',
    well ? told('sub', said(s.problem)) : told('why', WHY[is](s)), told('since', since(s)), well ? null : told('next', NEXT[is](s)),
    s.moved_from && told('moved', t('movedSince', moment(s.moved_at), s.moved_from)),
    s.moved_from && acts && s.configured && told('sub', t('do.moved')), told('sub', advice));
}

// What its operator may ask for, the likeliest first.
export function commandsOf(s) {
  const stopped = ['retired', 'paused', 'few'].includes(standing(s));
  return [...(stopped ? ['resume'] : ['poll', 'pause']), ...(s.configured ? [] : ['remove'])];
}

// When it is polled next: nothing of one that is not, and of one whose time has come that it waits.
export function nextPoll(s) {
  if (['retired', 'paused', 'few'].includes(standing(s)) || !s.next_poll) return '—';
  return isAhead(s.next_poll) ? moment(s.next_poll) : t('dueNow');
}

// Removing forgets what was known of it: asked once more. `act` does it, and throws what went wrong.
export function askRemoval(s, act) {
  const wrong = el('p', 'wrong'), title = el('h2', '', t('removeTitle', s.name)), dialog = el('dialog', 'act-form');
  wrong.setAttribute('role', 'alert');
  title.id = 'remove-title';
  dialog.setAttribute('aria-labelledby', title.id);
  const go = button('act-go', t('remove'), async () => {
    go.disabled = true;
    try {
      await act();
      dialog.close();
    } catch (problem) {
      put(wrong, said(problem.message) || t('failed'));
      go.disabled = false;
    }
  });
  dialog.append(title, el('p', '', t('removeText')), wrong,
    el('p', 'row', button('quiet', t('cancel'), () => dialog.close()), go));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
