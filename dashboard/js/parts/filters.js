// Filters of a list of concerns, kept in the address: what is looked at can be passed on and found
// again.
import { button, el } from '/js/dom.js';
import { t } from '/js/i18n.js';
import { gradeName, topicName, topics, unitName, units } from '/js/names.js';
import { dueOf } from '/js/parts/row.js';

const choices = {
  state: () => ['found', 'open', 'accepted', 'declined'].map((s) => [s, t(`state.${s}`)]),
  grade: () => ['ordinary', 'larger', 'major', 'grave'].map((g) => [g, gradeName(g)]),
  topic: () => [...topics.keys()].map((id) => [id, topicName(id)]),
  unit: () => [...units.keys()].map((id) => [id, unitName(id)]),
};
const labels = { q: 'search', state: 'state', grade: 'grade', topic: 'topic', unit: 'unitLabel', overdue: 'overdueOnly' };

export class Filters {
  constructor(box, names, changed) {
    Object.assign(this, { box, names, changed, set: {} });
    this.read();
    this.draw();
    const box_ = box.closest('details');
    if (box_ && matchMedia('(max-width: 560px)').matches) box_.open = Object.keys(this.set).length > 0;
    box.addEventListener('submit', (e) => e.preventDefault());
    addEventListener('popstate', () => { this.read(); this.draw(); changed(); });
  }

  read() {
    const query = new URLSearchParams(location.search);
    this.set = Object.fromEntries(this.names.filter((n) => query.get(n)).map((n) => [n, query.get(n)]));
  }

  put(name, value) {
    if (value) this.set[name] = value;
    else delete this.set[name];
    const query = String(new URLSearchParams(this.set));
    history.replaceState(null, '', location.pathname + (query && `?${query}`) + location.hash);
    this.clear.hidden = !Object.keys(this.set).length;
    this.changed();
  }

  fill() {
    this.draw();
  }

  control(name) {
    if (name === 'overdue') {
      const box = Object.assign(el('input'), { type: 'checkbox', checked: this.set.overdue === '1' });
      box.addEventListener('change', () => this.put(name, box.checked ? '1' : ''));
      return el('label', 'check', box, ` ${t(labels[name])}`);
    }
    const e = name === 'q' ? Object.assign(el('input'), { type: 'search', value: this.set.q || '' }) : el('select');
    if (name === 'q') {
      e.addEventListener('input', () => this.put(name, e.value.trim()));
    } else {
      e.append(new Option(t('all'), ''), ...choices[name]().map(([value, text]) => new Option(text, value)));
      e.value = this.set[name] || '';
      e.addEventListener('change', () => this.put(name, e.value));
    }
    e.name = name;
    return el('label', '', el('span', 'name', t(labels[name])), e);
  }

  draw() {
    this.clear = button('quiet', t('clear'), () => {
      this.set = {};
      this.put('', '');
      this.draw();
    });
    this.clear.hidden = !Object.keys(this.set).length;
    this.box.replaceChildren(...this.names.map((n) => this.control(n)), this.clear);
  }

  fits(c, at) {
    const f = this.set;
    if (f.overdue && dueOf(c) >= at) return false;
    if (f.state && c.state !== f.state) return false;
    if (f.grade && c.grade !== f.grade) return false;
    if (f.topic && c.topic.id !== f.topic) return false;
    if (f.unit && c.unit.id !== f.unit && !c.parties.some((p) => p.unit.id === f.unit)) return false;
    if (!f.q) return true;
    return [c.id, c.topic.name, c.topic.name_en, c.unit.name, c.region?.name]
      .some((text) => text && text.toLowerCase().includes(f.q.toLowerCase()));
  }
}
