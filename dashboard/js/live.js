// The ledger's events as they are committed, and again from where we were after a break.
import { eventNames } from '/js/events.js';
import { get } from '/js/api.js';
import { setClock } from '/js/time.js';

const AGAIN_MS = 3000, LONGEST_MS = 60000;

export class Live {
  // reload(status): everything is read again; event(e); state('waiting' | 'linked' | 'lost').
  constructor({ reload, event, state, tail = 0 }) {
    Object.assign(this, { reload, event, state, tail, epoch: '', last: 0, stream: null, wait: AGAIN_MS });
    // A page that the browser keeps for the way back must not hold one of its six connections.
    addEventListener('pagehide', () => this.stream?.close());
    addEventListener('pageshow', (e) => { if (e.persisted) this.begin(); });
  }

  async begin() {
    try {
      const status = await get('/api/v1/status');
      setClock(status);
      if (this.epoch !== status.epoch) {
        this.epoch = status.epoch;
        this.last = Math.max(0, status.head - this.tail);
      }
      await this.reload(status);
      this.follow();
    } catch (problem) {
      this.state('lost', problem);
      setTimeout(() => this.begin(), AGAIN_MS);
    }
  }

  follow() {
    this.stream?.close();
    const from = `since=${this.last}&epoch=${encodeURIComponent(this.epoch)}`;
    const stream = new EventSource(`/api/v1/events?${from}`);
    this.stream = stream;
    stream.onopen = () => {
      this.wait = AGAIN_MS;
      this.state('linked');
    };
    stream.onerror = () => {
      this.state('lost');
      // Closed for good: another ledger, too many readers, or the session has ended.
      if (stream.readyState !== EventSource.CLOSED) return;
      // Each time everything is read again: a page without a place must not ask for it for ever.
      setTimeout(() => this.begin(), this.wait);
      this.wait = Math.min(2 * this.wait, LONGEST_MS);
    };
    const take = (message) => {
      const e = JSON.parse(message.data);
      if (e.seq <= this.last) return;
      this.last = e.seq;
      this.event(e);
    };
    for (const type of Object.keys(eventNames)) stream.addEventListener(type, take);
  }
}

// What was committed after `since` up to now, oldest first: all of it, however slowly it comes.
export async function past(since, head, epoch) {
  const found = [];
  if (since >= head) return found;
  const answer = await fetch(`/api/v1/events?since=${since}&epoch=${encodeURIComponent(epoch)}`);
  if (!answer.ok) throw new Error('events');
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let text = ''; ;) {
      const { value, done } = await reader.read();
      if (done) throw new Error('events');
      const blocks = (text + value).split('\n\n');
      text = blocks.pop();
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block), told = /^: told (\d+)$/m.exec(block);
        const e = data && JSON.parse(data[1]);
        if (e && eventNames[e.type]) found.push(e);
        // Of other units' events nothing is told: the last one need not come.
        if (Number(told ? told[1] : e?.seq) >= head) return found;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
