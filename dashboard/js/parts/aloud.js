// 朗读: a page's main text by the browser's own voice, sentence by sentence. Only voices that speak
// on this computer are used, so that no text goes to anybody; it never starts by itself.
import { sentencesOf } from './sentences.js';

const words = {
  group: ['朗读', 'Reading aloud'], read: ['朗读本页', 'Read this page aloud'],
  pause: ['暂停', 'Pause'], on: ['继续朗读', 'Go on reading'], stop: ['停止', 'Stop'],
  rate: ['语速', 'Speed'], slow: ['慢', 'slow'], usual: ['正常', 'usual'], fast: ['快', 'fast'],
  none: ['不能朗读：这个浏览器没有装在本机的中文语音。可用读屏软件。',
    'No reading aloud: this browser has no English voice on this computer. A screen reader can.'],
  broke: ['朗读中断：本机语音没有出声。可再按一次。', 'Reading broke off: the voice made no sound. Try again.'],
};
const RATES = [['slow', 0.7], ['usual', 1], ['fast', 1.4]];
const VOICES_LATE_MS = 1500; // browsers tell their voices a moment after the page is there
const LABELS = { idle: 'read', reading: 'pause', paused: 'on' };
const speech = globalThis.speechSynthesis;

const inChinese = () => document.documentElement.lang.startsWith('zh');
const say = (key) => words[key][inChinese() ? 0 : 1];

function voice() {
  const fits = inChinese() ? /^(zh|cmn)\b/ : /^en\b/;
  const own = (speech?.getVoices() || []).filter((v) => v.localService &&
    fits.test(v.lang.toLowerCase().replaceAll('_', '-')));
  return own.find((v) => /cn|hans|us/i.test(v.lang)) || own[0];
}

function element(tag, className) {
  const e = document.createElement(tag);
  e.className = className;
  return e;
}

class Reader {
  constructor(root) {
    this.root = root;
    this.state = 'idle';
    this.sentences = [];
    this.at = 0;
    this.turn = 0; // what a sentence that was broken off reports later is not heard
    this.said = ''; // what went wrong
    this.build();
  }

  build() {
    this.bar = element('div', 'speaker');
    this.bar.setAttribute('role', 'group');
    this.main = this.press('speaker-main', () => this.onMain());
    this.halt = this.press('speaker-stop', () => this.stop());
    this.rate = document.createElement('select');
    for (const [key, value] of RATES) this.rate.append(new Option(key, String(value)));
    this.rate.value = '1';
    this.rate.addEventListener('change', () => { if (this.state === 'reading') this.speak(); });
    this.label = element('label', 'speaker-rate');
    this.label.append(element('span', ''), this.rate);
    this.note = element('p', 'speaker-note');
    this.note.setAttribute('role', 'status');
    this.bar.append(this.main, this.halt, this.label, this.note);
  }

  press(className, act) {
    const b = element('button', className);
    b.type = 'button';
    b.addEventListener('click', act);
    return b;
  }

  // `told`: the browser has said which voices it has, or had its time to.
  draw(told) {
    const able = Boolean(voice());
    if (told) this.told = true;
    this.bar.hidden = !able && !this.told;
    this.bar.setAttribute('aria-label', say('group'));
    this.main.hidden = this.label.hidden = !able;
    this.main.textContent = say(LABELS[this.state]);
    this.halt.textContent = say('stop');
    if (this.state === 'idle' && document.activeElement === this.halt) this.main.focus();
    this.halt.hidden = this.state === 'idle';
    this.label.firstChild.textContent = say('rate');
    RATES.forEach(([key], i) => { this.rate.options[i].text = say(key); });
    const note = able ? this.said && say(this.said) : say('none');
    if (this.note.textContent !== note) this.note.textContent = note;
    this.bar.dataset.state = able ? this.state : 'none';
  }

  onMain() {
    if (this.state === 'reading') this.pause();
    else this.begin();
  }

  begin() {
    if (this.state === 'idle') {
      this.sentences = sentencesOf(this.root);
      this.at = 0;
    }
    this.said = '';
    this.state = 'reading';
    this.speak();
  }

  // Pausing a voice is not to be relied on: the sentence is read again from its beginning.
  pause() {
    this.state = 'paused';
    this.hush();
    this.draw();
  }

  stop(said = '') {
    this.state = 'idle';
    this.said = said;
    this.hush();
    this.mark(null);
    this.draw();
  }

  hush() {
    this.turn++;
    speech.cancel();
  }

  speak() {
    this.hush();
    const sentence = this.sentences[this.at], own = voice(), turn = this.turn;
    if (!sentence || !own) {
      this.stop();
      return;
    }
    const spoken = this.spoken = new SpeechSynthesisUtterance(sentence.text); // kept: some collect it
    Object.assign(spoken, { voice: own, lang: own.lang, rate: Number(this.rate.value) });
    const mine = (then) => (e) => { if (turn === this.turn) then(e); };
    spoken.onend = mine(() => { this.at++; this.speak(); });
    spoken.onerror = mine(() => this.stop('broke'));
    this.mark(sentence);
    speech.speak(spoken);
    this.draw();
  }

  // The block is marked in any browser, the sentence in it where the browser can.
  mark(sentence) {
    this.block?.classList.remove('being-read');
    this.block = sentence?.block;
    this.block?.classList.add('being-read');
    const highlights = globalThis.CSS?.highlights;
    highlights?.delete('being-read');
    if (!sentence) return;
    highlights?.set('being-read', new Highlight(sentence.range));
    const box = sentence.range.getBoundingClientRect();
    if (box.height && (box.top < 0 || box.bottom > innerHeight))
      sentence.block.scrollIntoView({ block: 'center' });
  }
}

// Reads what is in `root`; the controls come where place(bar) puts them. What it returns draws them
// anew, after the language has changed.
export function aloud(root, place) {
  const reader = new Reader(root);
  place(reader.bar);
  reader.draw(!speech);
  if (!speech) return () => reader.draw();
  speech.addEventListener?.('voiceschanged', () => reader.draw(true));
  setTimeout(() => reader.draw(true), VOICES_LATE_MS);
  addEventListener('pagehide', () => reader.stop());
  document.addEventListener('keydown', (e) => {
    if (e.key === 'Escape' && reader.state !== 'idle') reader.stop();
  });
  return () => (reader.state === 'idle' ? reader.draw() : reader.stop());
}
