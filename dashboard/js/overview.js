// 总览: draws the tables that ask for it, by Chart.js. The tables stay, folded, as the charts' text;
// in the system's forced colours and on paper they are shown and the charts are not.
import { hours, medians, rates, readHours, readTrend } from './parts/charts.js';

const ENGLISH = document.documentElement.lang === 'en';
const WORDS = {
  numbers: ['数字表', 'The numbers, as a table'],
  others: ['其他', 'others'], burst: ['突增', 'burst'], items: ['条', 'items'],
  hour: ['时', 'hour of the day'], hours: ['小时', 'hours'], days: ['天', 'days'],
  minutes: ['分钟', 'minutes'],
  at: [(h) => `${h} 时`, (h) => `${h}:00 to ${h}:59`],
  n: [(n) => `（n=${n}）`, (n) => ` (n=${n})`],
  arrivals: ['近 24 小时来帖，按事项和小时', 'Arrivals in 24 hours, by matter and hour'],
  rates: ['逐月按期答复率', 'Answered in time, by month'],
  medians: ['逐月答复用时（中位）', 'Median time to answer, by month'],
  told: [(n, most, when, bursts) => `共 ${n} 条，最多的一小时 ${most} 条（${when} 时），突增 ${bursts} 处。`,
    (n, most, when, bursts) => `${n} items; at most ${most} in an hour (${when}:00); bursts: ${bursts}.`],
  some: [(n, all) => `画出 n 最多的 ${n} 个，共 ${all} 个。`, (n, all) => `The ${n} with the largest n, of ${all}.`],
};

function say(word, ...about) {
  const text = WORDS[word][ENGLISH ? 1 : 0];
  return typeof text === 'function' ? text(...about) : text;
}

/** What is drawn from a table: {name, says, make}. */
const KINDS = {
  hours(table) {
    const told = readHours(table);
    const most = Math.max(...told.totals);
    const says = say('told', told.totals.reduce((a, b) => a + b, 0), most,
      told.hours[told.totals.indexOf(most)], told.bursts);
    return told.all.length ? [{ name: say('arrivals'), says, make: (size) => hours(told, size, say) }] : [];
  },
  trend(table) {
    const told = readTrend(table);
    const says = told.all.length > told.shown.length ? say('some', told.shown.length, told.all.length) : '';
    const has = (what) => told.shown.some((row) => row.values.some((cell) => cell[what] !== null));
    return [{ name: say('rates'), says, make: (size) => rates(told, size, say), drawn: has('whole') },
      { name: say('medians'), says, make: (size) => medians(told, size, say), drawn: has('median') }]
      .filter((chart) => chart.drawn);
  },
};

function make(tag, className, ...inner) {
  const element = document.createElement(tag);
  if (className)
    element.className = className;
  element.append(...inner);
  return element;
}

/** The table goes into a fold, which is open where the chart is not seen. */
function fold(table) {
  const frame = table.closest('.wide');
  const folded = make('details', 'numbers', make('summary', '', say('numbers')));
  frame.replaceWith(folded);
  folded.append(frame);
  return folded;
}

const forced = matchMedia('(forced-colors: active)');
const folds = [];
const drawn = [];

function place(table, number) {
  const charts = KINDS[table.dataset.chart](table);
  if (!charts.length)
    return;
  table.id = `numbers-${number}`;
  const group = make('div', 'charts');
  const folded = fold(table);
  folded.before(group);
  folds.push(folded);
  charts.forEach((chart, i) => {
    const canvas = make('canvas');
    const caption = make('figcaption', '', make('strong', '', chart.name), chart.says ? ` ${chart.says}` : '');
    caption.id = `chart-${number}-${i}`;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', chart.name);
    canvas.setAttribute('aria-describedby', caption.id);
    canvas.setAttribute('aria-details', table.id);
    group.append(make('figure', '', caption, make('div', charts.length > 1 ? 'room tall' : 'room', canvas)));
    drawn.push({ canvas, make: chart.make });
  });
}

/** Anew when the system's colours change: a canvas keeps those that it was drawn in. */
function draw() {
  for (const one of drawn) {
    one.chart?.destroy();
    const size = parseFloat(getComputedStyle(one.canvas.closest('figure')).fontSize);
    one.chart = forced.matches ? null : new window.Chart(one.canvas, one.make(size));
  }
  for (const folded of folds)
    folded.open = forced.matches;
}

if (window.Chart) {
  window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  document.querySelectorAll('table[data-chart]').forEach(place);
  draw();
  forced.addEventListener('change', draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  let shut = [];
  addEventListener('beforeprint', () => {
    shut = folds.filter((folded) => !folded.open);
    for (const folded of shut)
      folded.open = true;
  });
  addEventListener('afterprint', () => { for (const folded of shut) folded.open = false; });
}
