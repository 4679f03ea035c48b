// What two texts have in common, line by line: [{ old, new }] with line numbers from 1, null where a
// side has no such line. The longest common run of lines, as diff(1) finds it.
function common(a, b) {
  const width = b.length + 1, table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let k = b.length - 1; k >= 0; k--)
      table[i * width + k] = a[i] === b[k] ? table[(i + 1) * width + k + 1] + 1
        : Math.max(table[(i + 1) * width + k], table[i * width + k + 1]);
  return (i, k) => table[i * width + k];
}

// Lines that changed stand beside each other.
function pairUp(gone, come, rows) {
  for (let i = 0; i < Math.max(gone.length, come.length); i++)
    rows.push({ old: gone[i] ?? null, new: come[i] ?? null, same: false });
  gone.length = come.length = 0;
}

export function differ(before, after) {
  const a = before.split('\n'), b = after.split('\n'), rows = [], gone = [], come = [];
  let head = 0, tail = 0;
  while (head < Math.min(a.length, b.length) && a[head] === b[head]) head++;
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const left = a.slice(head, a.length - tail), right = b.slice(head, b.length - tail);
  const length = common(left, right);
  const same = (i, k) => rows.push({ old: i + 1, new: k + 1, same: true });
  for (let i = 0; i < head; i++) same(i, i);
  let i = 0, k = 0;
  while (i < left.length || k < right.length) {
    if (i < left.length && k < right.length && left[i] === right[k]) {
      pairUp(gone, come, rows);
      same(head + i++, head + k++);
    } else if (k === right.length || (i < left.length && length(i + 1, k) >= length(i, k + 1))) {
      gone.push(head + ++i);
    } else {
      come.push(head + ++k);
    }
  }
  pairUp(gone, come, rows);
  for (let n = tail; n > 0; n--) same(a.length - n, b.length - n);
  return { rows, before: a, after: b };
}

// The rows that changed with `around` lines about each; a null between pieces.
export function pieces(rows, around = 3) {
  const shown = new Set();
  rows.forEach((row, at) => { if (!row.same) for (let k = at - around; k <= at + around; k++) shown.add(k); });
  const out = [];
  rows.forEach((row, at) => {
    if (!shown.has(at)) return;
    if (at && !shown.has(at - 1)) out.push(null);
    out.push(row);
  });
  return out;
}
