// The sentences of a part of a page, in the order in which they are read, each with its place.
const BLOCKS = 'h1, h2, h3, h4, p, li, dt, dd, th, td, caption, figcaption, summary, label, legend';
const SKIPPED = '[hidden], [aria-hidden="true"], svg, script, noscript, select, option, input, ' +
  'textarea, button, nav, form, dialog, .speaker, .pager, .noprint, thead';
const ENDS = /.+?(?:[。！？；!?;]+|\.(?=\s|$)|$)[”’」』）)"]*\s*/gsu;

// A cell says under which heading it stands, as one who looks sees it.
function headingOf(block) {
  if (block.tagName !== 'TD') return '';
  const head = block.closest('table').tHead?.rows;
  if (head?.length !== 1 || [...head[0].cells].some((c) => c.colSpan > 1)) return '';
  return head[0].cells[block.cellIndex]?.textContent.trim() || '';
}

// [block, its text, [text node, where in the text it begins] …], neighbours of one block together.
function blocksOf(root) {
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), blocks = [];
  for (let node; (node = walk.nextNode());) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest(SKIPPED) || !parent.getClientRects().length) continue;
    const block = parent.closest(BLOCKS) || root;
    if (blocks.at(-1)?.block !== block) blocks.push({ block, text: '', nodes: [] });
    const last = blocks.at(-1);
    last.nodes.push({ node, from: last.text.length });
    last.text += node.data;
  }
  return blocks;
}

function rangeOf(nodes, from, to) {
  const range = document.createRange();
  const first = nodes.findLast((n) => n.from <= from), last = nodes.findLast((n) => n.from < to);
  range.setStart(first.node, from - first.from);
  range.setEnd(last.node, to - last.from);
  return range;
}

// [{ text, block, range }]
export function sentencesOf(root) {
  const found = [];
  for (const { block, text, nodes } of blocksOf(root)) {
    let heading = headingOf(block);
    for (const match of text.matchAll(ENDS)) {
      const words = match[0].replace(/\s+/g, ' ').trim();
      if (!/[\p{L}\p{N}]/u.test(words)) continue;
      const from = match.index + match[0].search(/\S/), to = match.index + match[0].trimEnd().length;
      found.push({ text: heading ? `${heading}：${words}` : words, block, range: rangeOf(nodes, from, to) });
      heading = '';
    }
  }
  return found;
}
