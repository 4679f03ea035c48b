// Single-key commands, which can be switched off (WCAG 2.1.4) and never act while somebody types.
import { prefs, remember } from '/js/prefs.js';

const typing = (e) => e.target.closest?.('input, textarea, select, [contenteditable], dialog[open]');

// table: key -> function. What it is given is the event, whose default it replaces.
export function keys(table) {
  document.addEventListener('keydown', (e) => {
    if (!prefs.keys || e.ctrlKey || e.altKey || e.metaKey || typing(e)) return;
    const run = table[e.key];
    if (!run || (e.key === 'Enter' && e.target.closest?.('a, button'))) return;
    e.preventDefault();
    run(e);
  });
}

export const switchKeys = (on) => remember({ keys: on });
