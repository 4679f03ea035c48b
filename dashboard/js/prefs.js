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

export function remember(change) {
  Object.assign(prefs, change);
  try {
    localStorage.setItem(NAME, JSON.stringify(prefs));
  } catch {
    // A browser that keeps nothing shows things as they are by default next time.
  }
}
