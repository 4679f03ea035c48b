// 阅读辅助线: in large type a line under what the pointer or the focus is at, on request.
const words = ['阅读辅助线', 'Reading line'];

// The switch goes into `bar`; what it returns names it anew, after the language has changed.
export function guide(bar) {
  const line = document.createElement('div'), b = document.createElement('button');
  const at = (y) => line.style.setProperty('top', `${Math.round(y)}px`);
  const name = () => { b.textContent = words[document.documentElement.lang.startsWith('zh') ? 0 : 1]; };
  line.className = 'guide';
  line.hidden = true;
  line.setAttribute('aria-hidden', 'true');
  b.type = 'button';
  b.className = 'guide-switch';
  b.setAttribute('aria-pressed', 'false');
  name();
  b.addEventListener('click', () => {
    line.hidden = !line.hidden;
    b.setAttribute('aria-pressed', String(!line.hidden));
    at(b.getBoundingClientRect().bottom);
  });
  document.addEventListener('pointermove', (e) => { if (!line.hidden) at(e.clientY + 14); });
  document.addEventListener('focusin', (e) => {
    if (!line.hidden) at(e.target.getBoundingClientRect().bottom + 4);
  });
  bar.after(b);
  document.body.append(line);
  return name;
}
