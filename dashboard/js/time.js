// The daemon's clock, which a demonstration runs faster than ours.
import { china } from '/format.js';

const clock = { base: 0, since: 0, rate: 1 };

export function setClock(answer) {
  clock.base = Date.parse(answer.now);
  clock.since = performance.now();
  clock.rate = answer.clock_rate || 1;
}

export const known = () => clock.base > 0;
export const rate = () => clock.rate;
export const now = () => clock.base ? clock.base + (performance.now() - clock.since) * clock.rate : Date.now();

// "11-22 18:30"
export function moment(text) {
  if (!text) return '';
  const at = china(Date.parse(text));
  return `${at.date} ${at.time}`;
}

// Called each second while the page is seen, and once when it is seen again.
export function everySecond(tick) {
  setInterval(() => { if (!document.hidden) tick(now()); }, 1000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) tick(now()); });
}

// Called each hour of the daemon's clock, seen or not: its store forgets hourly, and a page that is
// left open does as it does.
const HOUR = 3600e3;
export function everyHour(act) {
  let last = null;
  setInterval(() => {
    if (!known()) return;
    if (last === null) last = now();
    if (Math.abs(now() - last) < HOUR) return;
    last = now();
    act();
  }, 1000);
}
