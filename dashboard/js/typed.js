// What was typed and not sent when a session ended: kept in this tab alone, put back after the same
// account's next log-in. Nothing else is kept, and logging out by a page with a script forgets it.
import { onLeave, session } from '/js/api.js';

const NAME = 'huiying.typed', LAST_MS = 12 * 3600e3;
const parts = new Map();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME));
  } catch {
    return null;
  }
}

function write(kept) {
  try {
    if (kept) sessionStorage.setItem(NAME, JSON.stringify(kept));
    else sessionStorage.removeItem(NAME);
  } catch {
    // A browser that keeps nothing loses it: there is no other place for it.
  }
}

export const forgetTyped = () => write(null);
export const hasTyped = () => Boolean(read());

// What is somebody else's, or of long ago, whatever page is open now.
export function forgetOthers() {
  const kept = read();
  if (kept && (kept.account !== session.account || Date.now() - kept.at >= LAST_MS)) forgetTyped();
}

// A place where one types: get() is what stands there, or null.
export const typing = (name, get) => parts.set(name, get);

// What was kept of it, once; undefined: nothing.
export function typedBefore(name) {
  const kept = read();
  if (!kept || kept.path !== location.pathname || kept.parts[name] === undefined) return undefined;
  const was = kept.parts[name];
  delete kept.parts[name];
  write(Object.keys(kept.parts).length ? kept : null);
  return was;
}

// The texts of a form, by the names of its controls.
export function formTyped(form) {
  const texts = [...form.elements].filter((e) => e.name && e.value);
  return texts.some((e) => e.matches('input, textarea')) ? Object.fromEntries(texts.map((e) => [e.name, e.value])) : null;
}

export function fillForm(form, texts) {
  for (const [name, text] of Object.entries(texts)) if (form.elements[name]) form.elements[name].value = text;
}

// A form of an act goes on in its concern's own page, wherever it was opened. Where to go on, or null.
onLeave(() => {
  const found = {};
  for (const [name, get] of parts) {
    const was = get();
    if (was) found[name] = was;
  }
  if (!Object.keys(found).length || !session.account) return null;
  const path = found.act ? '/concern.html' : location.pathname;
  write({ account: session.account, at: Date.now(), path, parts: found });
  return found.act ? `${path}#${found.act.concern}` : null;
});
