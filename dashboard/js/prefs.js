// What this browser is asked to remember: how things are shown, and nothing else.
const NAME = 'huiying.shown';
const start = { lang: 'zh', large: false, keys: true };

function read() {
  try {
    return { ...start, ...JSON.parse(localStorage.getItem(NAME) || '{}') };
  } catch {
    return { ...start };
  }
}

export const prefs = read();

// Pages that are whole without a script are told by their address how to show themselves, and tell
// ours by its address what was chosen on them.
const CHOICES = { lang: ['lang', { zh: 'zh', en: 'en' }], type: ['large', { normal: false, large: true }] };

export function asShown(path) {
  const asked = [prefs.lang === 'en' && 'lang=en', prefs.large && 'type=large'].filter(Boolean).join('&');
  return asked ? `${path}?${asked}` : path;
}

export function remember(change) {
  Object.assign(prefs, change);
  try {
    localStorage.setItem(NAME, JSON.stringify(prefs));
  } catch {
    // A browser that keeps nothing shows things as they are by default next time.
  }
}

// Taken out of the address, so that what is chosen later holds when the page is loaded again.
function takeChoices() {
  const url = new URL(location.href);
  const given = Object.keys(CHOICES).filter((name) => url.searchParams.has(name));
  for (const name of given) {
    const [what, values] = CHOICES[name], value = url.searchParams.get(name);
    if (Object.hasOwn(values, value)) remember({ [what]: values[value] });
    url.searchParams.delete(name);
  }
  if (given.length) history.replaceState(history.state, '', url.pathname + url.search + url.hash);
}

takeChoices();
