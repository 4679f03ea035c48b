// Building pages. What comes from outside enters as text, never as markup.
import { safeLink } from '/format.js';

export const byId = (id) => document.getElementById(id);

function append(parent, children) {
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined && child !== false) parent.append(child);
  return parent;
}

export function el(tag, className, ...children) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  return append(e, children);
}

// A drill's page says so in its title too, whatever else stands there.
export function title(text) {
  document.title = `${byId('drill') ? '【演练】' : ''}${text}`;
}

// Text nodes change only when their text does, so that a tick costs little and selects nothing.
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
  return node;
}

export function button(className, text, act) {
  const b = el('button', className, text);
  b.type = 'button';
  b.addEventListener('click', act);
  return b;
}

export function inside(path, className, text) {
  const a = el('a', className, text);
  a.href = path;
  return a;
}

// An address of the world outside; null when it is none that a page may lead to.
export function outside(address, text) {
  const href = safeLink(address);
  if (!href) return null;
  const a = el('a', 'outside', text);
  a.href = href;
  a.target = '_blank';
  a.rel = 'noopener noreferrer';
  return a;
}

const SVG = 'http://www.w3.org/2000/svg';
export function svg(tag, attributes, ...children) {
  const e = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes || {})) e.setAttribute(name, value);
  return append(e, children);
}

export const chip = (kind, text) => el('span', `chip ${kind}`, text);
