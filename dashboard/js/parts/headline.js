// What a concern is about, in the words of its latest item that still has any: two matters of one
// topic, unit and town are told apart by nothing else. The list of concerns holds no text, so it is
// asked for by the rows that are in sight, all of them at once, and kept in the page alone, for an
// hour: words that have expired, or were erased, are asked for in vain.
import { put } from '/js/dom.js';
import { get } from '/js/api.js';
import { everyHour } from '/js/time.js';

const MOST = 300, AT_ONCE = 50;
const known = new Map(); // by number and last change, oldest first
const rows = new WeakMap();
const waiting = new Set();
let running = false;

const keyOf = (c) => `${c.id} ${c.updated} ${c.items}`;

function wordsOf(c) {
  const item = c.mentions.find((m) => m.title || m.excerpt);
  return item ? item.title || item.excerpt : '';
}

function keep(key, words) {
  known.set(key, words);
  if (known.size > MOST) known.delete(known.keys().next().value);
}

// The words of these concerns by their ids; of what may not be read there are none.
export async function headlines(ids) {
  const words = new Map();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const told = await get(`/api/v1/headlines?ids=${ids.slice(at, at + AT_ONCE).join(',')}`);
    for (const line of told.items) words.set(line.id, line.words);
  }
  return words;
}

async function ask(asked) {
  try {
    const words = await headlines([...new Set(asked.map((p) => rows.get(p).id))]);
    for (const p of asked) {
      const c = rows.get(p);
      keep(keyOf(c), words.get(c.id) || '');
      put(p, known.get(keyOf(c)));
    }
  } catch { /* the rows say what they did */ }
}

async function work() {
  if (running) return;
  running = true;
  while (waiting.size) {
    const asked = [...waiting].slice(0, AT_ONCE);
    for (const p of asked) waiting.delete(p);
    await ask(asked);
  }
  running = false;
}

const sight = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (!isIntersecting) { waiting.delete(target); continue; }
    sight.unobserve(target);
    waiting.add(target);
  }
  work();
});

// Fills p when it comes into sight, at once where the words are known.
export function headline(p, c) {
  if (c.mentions) keep(keyOf(c), wordsOf(c));
  rows.set(p, c);
  if (known.has(keyOf(c))) put(p, known.get(keyOf(c)));
  else sight.observe(p);
  return p;
}

everyHour(() => {
  known.clear();
  for (const p of document.querySelectorAll('.headline')) {
    if (!rows.has(p)) continue;
    put(p, '');
    sight.observe(p);
  }
});
