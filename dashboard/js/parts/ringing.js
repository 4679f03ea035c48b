// A new major concern is told: in the title at once, by sound only after somebody asked for it.
import { put, title } from '/js/dom.js';
import { nameOf, t } from '/js/i18n.js';
import { tell } from '/js/shell.js';

export class Ringing {
  constructor(control) {
    Object.assign(this, { control, audio: null, waiting: 0 });
    control.addEventListener('click', () => this.toggle());
    const seen = () => { if (!document.hidden) { this.waiting = 0; this.title(); } };
    document.addEventListener('visibilitychange', seen);
    addEventListener('focus', seen);
    addEventListener('pointerdown', seen);
    addEventListener('keydown', seen);
    this.draw();
  }

  draw() {
    put(this.control, t(this.audio ? 'soundOff' : 'soundOn'));
    this.control.setAttribute('aria-pressed', String(Boolean(this.audio)));
    this.title();
  }

  toggle() {
    if (this.audio) {
      this.audio.close();
      this.audio = null;
    } else {
      this.audio = new AudioContext();
      this.ring();
    }
    this.draw();
  }

  title() {
    const badge = this.waiting ? `(${this.waiting}) ` : '';
    title(`${badge}${t('desk')} · 回应`);
  }

  // Two tones, rising: half a second, not to be taken for a telephone.
  ring() {
    if (!this.audio) return;
    [660, 880].forEach((pitch, i) => {
      const tone = this.audio.createOscillator(), loud = this.audio.createGain();
      const from = this.audio.currentTime + i * 0.22;
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, from);
      loud.gain.exponentialRampToValueAtTime(0.25, from + 0.03);
      loud.gain.exponentialRampToValueAtTime(0.0001, from + 0.2);
      tone.connect(loud).connect(this.audio.destination);
      tone.start(from);
      tone.stop(from + 0.22);
    });
  }

  major(c) {
    this.waiting++;
    this.title();
    tell(t('newMajor', `${nameOf(c.topic)} · ${nameOf(c.unit)} · ${c.id}`), 'bad');
    this.ring();
  }
}
