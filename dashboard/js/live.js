// The ledger's events as they are committed, and again from where we were after a break.
import { eventNames } from '/js/events.js';
import { get } from '/js/api.js';
import { setClock } from '/js/time.js';

const AGAIN_MS = 3000;

export class Live {
  // reload(status): everything is read again; event(e); state('waiting' | 'linked' | 'lost').
  constructor({ reload, event, state, tail = 0 }) {
    Object.assign(this, { reload, event, state, tail, epoch: '', last: 0, stream: null });
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
    stream.onopen = () => this.state('linked');
    stream.onerror = () => {
      this.state('lost');
      // Closed for good: another ledger, too many readers, or the session has ended.
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => this.begin(), AGAIN_MS);
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

// What was committed after `since` up to now, oldest first.
export function past(since, head, epoch) {
  return new Promise((resolve, reject) => {
    const found = [];
    if (since >= head) {
      resolve(found);
      return;
    }
    const stream = new EventSource(`/api/v1/events?since=${since}&epoch=${encodeURIComponent(epoch)}`);
    let quiet = 0;
    const end = () => { stream.close(); resolve(found); };
    // Of other units' events nothing is told, so the last one need not come: a pause ends it, too.
    const waitABit = () => { clearTimeout(quiet); quiet = setTimeout(end, 600); };
    const take = (message) => {
      const e = JSON.parse(message.data);
      found.push(e);
      waitABit();
      if (e.seq >= head) end();
    };
    stream.onopen = waitABit;
    stream.onerror = () => { stream.close(); clearTimeout(quiet); reject(new Error('events')); };
    for (const type of Object.keys(eventNames)) stream.addEventListener(type, take);
  });
}
