// A topic's text with one term more or less under `any`, line by line, as suggest_insert() and
// suggest_remove() of the program do it: comments and order stay.
const blank = (line) => /^\s*(#.*)?$/.test(line);
const indentOf = (line) => line.length - line.trimStart().length;

// [first, end) of its elements' lines; end is after the last one. Null: there is none, or on one line.
function findAny(lines) {
  let block = null;
  for (let i = 0; i < lines.length; i++) {
    if (blank(lines[i])) continue;
    const element = /^\s*-( |$)/.test(lines[i]);
    if (block && !indentOf(lines[i]) && !element) break;
    if (block) {
      if (element && block.end === block.first) block.indent = indentOf(lines[i]);
      block.end = i + 1;
    } else if (lines[i].startsWith('any:')) {
      block = { first: i + 1, end: i + 1, indent: 2, oneLine: !blank(lines[i].slice(4)) };
    }
  }
  return block;
}

function termOf(line) {
  const rest = line.trim().slice(1).trim();
  const term = rest.startsWith('{') ? /term:\s*([^,}]*)/.exec(rest)?.[1] || '' : rest.split(' #')[0];
  return term.trim().replace(/^(["'])(.*)\1$/, '$2');
}

// { text, line } with the line, from 1, that is new; null when `any` is written on one line.
export function withTerm(text, element) {
  const lines = text.split('\n'), block = findAny(lines);
  if (block?.oneLine) return null;
  if (block) {
    if (block.end === lines.length) lines.push('');
    lines.splice(block.end, 0, ' '.repeat(block.indent) + element);
    return { text: lines.join('\n'), line: block.end + 1 };
  }
  const end = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  lines.splice(end, lines.length - end, 'any:', `  ${element}`, '');
  return { text: lines.join('\n'), line: end + 2 };
}

// The same without the line of that term; null when it has none of its own.
export function withoutTerm(text, term) {
  const lines = text.split('\n'), block = findAny(lines);
  for (let i = block?.first ?? 0; i < (block?.end ?? 0); i++) {
    if (blank(lines[i]) || !lines[i].trim().startsWith('-') || termOf(lines[i]) !== term) continue;
    lines.splice(i, 1);
    return { text: lines.join('\n'), line: Math.max(1, i) };
  }
  return null;
}

// Does it stand there, in a line of its own?
export const hasTerm = (text, term) => withoutTerm(text, term) !== null;
