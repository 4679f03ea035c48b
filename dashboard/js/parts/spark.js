// Arrivals of the last 48 hours, three hours a bar: small enough for a row, told in words, too.
import { el, svg } from '/js/dom.js';
import { t } from '/js/i18n.js';

const WIDTH = 80, HEIGHT = 22;

export function spark(arrivals) {
  const counts = arrivals || [], most = Math.max(1, ...counts);
  const total = counts.reduce((a, b) => a + b, 0), step = WIDTH / Math.max(1, counts.length);
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, class: 'spark',
    'aria-hidden': 'true', focusable: 'false' },
    svg('line', { x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5, class: 'ground' }),
    counts.map((n, i) => n > 0 && svg('rect', { x: (i * step + 0.5).toFixed(2), width: (step - 1).toFixed(2),
      y: (HEIGHT - Math.max(2, (n / most) * (HEIGHT - 2))).toFixed(2),
      height: Math.max(2, (n / most) * (HEIGHT - 2)).toFixed(2), class: i >= counts.length - 2 ? 'new' : '' })));
  const box = el('span', 'heat', picture, el('span', 'aside', t('heat', total)));
  box.title = t('heat', total);
  return box;
}
