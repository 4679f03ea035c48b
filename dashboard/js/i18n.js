// Chinese first; English on request. A text is an entry of words.js, by its key.
import { prefs, remember } from '/js/prefs.js';
import { words } from '/js/words.js';

const listeners = [];

export const lang = () => prefs.lang;

export function t(key, ...values) {
  const entry = words[key];
  const text = entry ? entry[prefs.lang === 'zh' ? 0 : 1] : key;
  return typeof text === 'function' ? text(...values) : text;
}

// The part of an answer that is in the reader's language: "中文 (English)".
export function said(text) {
  const both = /^(.*?)\s*\(([^()]*[a-z][^()]*)\)\s*$/s.exec(text || '');
  return both ? both[prefs.lang === 'zh' ? 1 : 2] : text || '';
}

export const nameOf = (thing) => !thing ? '' : prefs.lang === 'zh' ? thing.name : thing.name_en || thing.name;

export function onLanguage(draw) {
  listeners.push(draw);
}

export function drawWords(root = document) {
  document.documentElement.lang = prefs.lang === 'zh' ? 'zh-CN' : 'en';
  for (const e of root.querySelectorAll('[data-text]')) e.textContent = t(e.dataset.text);
  for (const e of root.querySelectorAll('[data-label]')) e.setAttribute('aria-label', t(e.dataset.label));
}

export function switchLanguage() {
  remember({ lang: prefs.lang === 'zh' ? 'en' : 'zh' });
  drawWords();
  for (const draw of listeners) draw();
}
