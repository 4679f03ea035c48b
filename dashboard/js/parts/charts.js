// What Chart.js is asked to draw, from the cells of the page's tables.

const MOST = 8; // as many lines as the eye and the palette can tell apart
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
const MARKS = ['circle', 'rect', 'triangle', 'rectRot', 'star', 'crossRot', 'cross', 'rectRounded'];
const HOUR = 3600000;
// What times are told in: the first that the longest reaches.
const UNITS = [['days', 24 * HOUR, 72 * HOUR], ['hours', HOUR, 2 * HOUR], ['minutes', HOUR / 60, 0]];

const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
const cells = (row) => [...row.querySelectorAll('td')];
const sum = (list) => list.reduce((a, b) => a + b, 0);

/** The rows of a table: {name, values}, each value by `read` of its cell, the weightiest first. */
function rows(table, read, weigh) {
  return [...table.tBodies[0].rows]
    .map((row) => ({ name: row.cells[0].textContent, values: cells(row).map(read) }))
    .map((row) => ({ ...row, weight: sum(row.values.map(weigh)) }))
    .filter((row) => row.weight)
    .sort((a, b) => b.weight - a.weight);
}

const heads = (table) => [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);

function axes(size, y) {
  const ink = colour('--ink');
  const grid = { color: colour('--line') };
  const font = { size };
  return {
    x: { grid: { display: false }, ticks: { color: ink, font, maxRotation: 0, autoSkipPadding: size }, ...y.x },
    y: { beginAtZero: true, grid, ticks: { color: ink, font, ...y.ticks }, ...y.y,
      title: { display: true, text: y.unit, color: ink, font } },
  };
}

function options(size, scales, tooltip) {
  const font = { size };
  return {
    animation: false, responsive: true, maintainAspectRatio: false, scales,
    interaction: { mode: 'index', intersect: false },
    plugins: {
      legend: { position: 'bottom',
        labels: { usePointStyle: true, color: colour('--ink'), font, boxWidth: size * 0.7, boxHeight: size * 0.7 } },
      tooltip: { animation: false, titleFont: font, bodyFont: font, usePointStyle: true, callbacks: tooltip },
    },
  };
}

/** The numbers of the arrivals' table: hours, and for each matter its arrivals and bursts. */
export function readHours(table) {
  const read = (cell) => ({ n: parseInt(cell.textContent, 10) || 0, burst: cell.matches('.burst') });
  const all = rows(table, read, (cell) => cell.n + cell.burst / 2);
  const hours = heads(table);
  const totals = hours.map((_, i) => sum(all.map((row) => row.values[i].n)));
  return { hours, all, totals, bursts: sum(all.map((row) => row.values.filter((v) => v.burst).length)) };
}

export function hours(told, size, say) {
  const { all, totals } = told;
  const named = all.length > MOST + 1 ? all.slice(0, MOST) : all;
  const others = all.slice(named.length);
  const bars = named.map((row, i) => ({
    label: row.name, data: row.values.map((v) => v.n), stack: 'all', pointStyle: 'rect',
    backgroundColor: colour(i < MOST ? `--series-${i + 1}` : '--others'),
  }));
  if (others.length)
    bars.push({ label: say('others'), stack: 'all', backgroundColor: colour('--others'), pointStyle: 'rect',
      data: totals.map((_, i) => sum(others.map((row) => row.values[i].n))) });
  for (const bar of bars)
    Object.assign(bar, { borderColor: colour('--sheet'), borderWidth: { top: 1 }, maxBarThickness: 40 });
  const who = totals.map((_, i) => all.filter((row) => row.values[i].burst).map((row) => row.name));
  const above = Math.max(...totals) * 0.06; // over its bar, not in it
  const marks = { label: say('burst'), type: 'line', showLine: false, order: -1,
    data: who.map((names, i) => (names.length ? totals[i] + above : null)),
    pointStyle: 'triangle', pointRadius: size * 0.55, pointHoverRadius: size * 0.55,
    borderColor: colour('--sheet'), backgroundColor: colour('--bad') };
  if (told.bursts)
    bars.push(marks);
  const under = { display: true, text: say('hour'), color: colour('--ink'), font: { size } };
  const scales = axes(size, { unit: say('items'), ticks: { precision: 0 },
    x: { stacked: true, title: under }, y: { stacked: true, grace: '8%' } });
  return { type: 'bar', data: { labels: told.hours, datasets: bars },
    options: options(size, scales, {
      title: (at) => say('at', at[0].label),
      label: (at) => (at.dataset.type === 'line' ? `${say('burst')}: ${who[at.dataIndex].join(', ')}`
        : at.raw ? `${at.dataset.label}: ${at.raw}` : null),
    }) };
}

/** The numbers of a table of months: its months, and of each unit or matter with answers its cells. */
export function readTrend(table) {
  const number = (text) => (text === undefined ? null : Number(text));
  const read = ({ dataset }) => ({ part: number(dataset.part), whole: number(dataset.whole),
    median: number(dataset.median) });
  const all = rows(table, read, (cell) => (cell.whole || 0) + (cell.median === null ? 0 : 0.5));
  return { months: heads(table), all, shown: all.slice(0, MOST) };
}

function lines(told, size, value) {
  return told.shown.map((row, i) => ({
    label: row.name, data: row.values.map(value), borderDash: DASHES[i % DASHES.length],
    borderColor: colour(`--series-${i + 1}`), backgroundColor: colour(`--series-${i + 1}`),
    pointStyle: MARKS[i], borderWidth: 2, clip: size,
    pointBackgroundColor: 'transparent', pointBorderWidth: 2, // the same value shows as both
    pointRadius: size * (0.34 + 0.04 * i),
  }));
}

const ratio = (cell) => (cell.whole ? (100 * cell.part) / cell.whole : null);

export function rates(told, size, say) {
  const whole = (at) => told.shown[at.datasetIndex].values[at.dataIndex].whole;
  return { type: 'line', data: { labels: told.months, datasets: lines(told, size, ratio) },
    options: options(size, axes(size, { unit: '%', y: { min: 0, max: 100 } }), {
      label: (at) => `${at.dataset.label}: ${at.raw.toFixed(1)}%${say('n', whole(at))}` }) };
}

export function medians(told, size, say) {
  const longest = Math.max(0, ...told.shown.flatMap((row) => row.values.map((v) => v.median || 0)));
  const [word, length] = UNITS.find(([, , least]) => longest >= least);
  const unit = say(word);
  const value = (cell) => (cell.median === null ? null : cell.median / length);
  return { type: 'line', data: { labels: told.months, datasets: lines(told, size, value) },
    options: options(size, axes(size, { unit }), {
      label: (at) => `${at.dataset.label}: ${at.raw.toFixed(1)} ${unit}` }) };
}
