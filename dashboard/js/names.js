// Units and topics by id, and what the codes of a concern are called.
import { get } from '/js/api.js';
import { nameOf, t } from '/js/i18n.js';

export const units = new Map(), topics = new Map(), outside = [];

export async function loadNames() {
  const [u, k] = await Promise.all([get('/api/v1/units'), get('/api/v1/topics')]);
  topics.clear();
  outside.splice(0, outside.length, ...u.outside);
  for (const unit of u.items) units.set(unit.id, unit);
  for (const topic of k.items) topics.set(topic.id, topic);
}

export const unitName = (id) => units.has(id) ? nameOf(units.get(id)) : id || '';
export const topicName = (id) => topics.has(id) ? nameOf(topics.get(id)) : id || '';
export const coordinator = () => [...units.values()].find((u) => u.coordinator)?.id;

// Is `unit` below `above` in the tree?
export function isBelow(unit, above) {
  for (let at = units.get(unit)?.parent; at; at = units.get(at)?.parent)
    if (at === above) return true;
  return false;
}

export const gradeRank = { ordinary: 0, larger: 1, major: 2, grave: 3 };
export const gradeName = (grade) => t(`grade.${grade}`);
export const stateName = (c) => t(`state.${c.state}`);
export const clockName = (clock) => t(`clock.${clock.act}`);
export const isMajor = (c) => Math.max(gradeRank[c.grade] || 0, gradeRank[c.proposed] || 0) >= 2;
