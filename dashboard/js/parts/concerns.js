// The open concerns that a page keeps: read page by page, kept up to date by events, each exactly as
// the daemon tells it.
import { get } from '/js/api.js';

const FIRST = 50, PAGE = 200, MOST = 50000, AT_ONCE = 4, AGAIN_MS = 2000;

export class Concerns {
  // changed(ids): some of them came, went or are otherwise now.
  constructor(changed) {
    Object.assign(this, { changed, all: new Map(), dirty: new Set(), asked: new Set(), reading: 0, whole: false, capped: false });
  }

  // The first page at once; the others behind it, so that the first is on screen soon.
  async load(filter = '') {
    const turn = ++this.reading;
    const first = await get(`/api/v1/concerns?state=open&limit=${FIRST}${filter}`);
    if (turn !== this.reading) return;
    this.whole = !first.next_cursor;
    if (!this.whole) await this.urgent(turn, filter);
    if (turn !== this.reading) return;
    const seen = new Map(first.items.map((c) => [c.id, c]));
    if (this.whole) this.all = seen;
    else for (const c of first.items) this.all.set(c.id, c);
    this.changed();
    if (!this.whole) this.rest(turn, filter, first.next_cursor, seen);
  }

  // Among so many the first page need not have what burns; the daemon knows. The order is some moments
  // old, and cannot be had while it starts.
  async urgent(turn, filter) {
    const page = await get(`/api/v1/concerns?state=open&order=urgent&limit=${FIRST}${filter}`).catch(() => null);
    if (page && turn === this.reading) for (const c of page.items) this.all.set(c.id, c);
  }

  async rest(turn, filter, cursor, seen) {
    try {
      while (cursor && seen.size < MOST) {
        const page = await get(`/api/v1/concerns?state=open&limit=${PAGE}${filter}&cursor=${cursor}`);
        if (turn !== this.reading) return;
        for (const c of page.items) {
          seen.set(c.id, c);
          this.all.set(c.id, c);
        }
        cursor = page.next_cursor;
        this.changed();
      }
      this.capped = Boolean(cursor);
      this.whole = true;
      // What was not told again is open no more, unless an event brought it meanwhile.
      for (const id of this.all.keys()) if (!seen.has(id) && !this.capped) this.look(id);
      this.changed();
    } catch {
      this.whole = true; // the next reload tries again
    }
  }

  // An event named it: as it is now is asked for, at most a few at a time.
  look(id) {
    this.dirty.add(id);
    this.work();
  }

  // Of one that is asked for already the answer is awaited first: it might come last, and is older.
  work() {
    for (const id of this.dirty) {
      if (this.asked.size >= AT_ONCE) return;
      if (this.asked.has(id)) continue;
      this.dirty.delete(id);
      this.asked.add(id);
      this.one(id).finally(() => { this.asked.delete(id); this.work(); });
    }
  }

  async one(id) {
    try {
      const c = await get(`/api/v1/concerns/${id}`);
      const before = this.all.get(id);
      if (c.state === 'closed') this.all.delete(id);
      else this.all.set(id, c);
      this.changed(id, before, c);
    } catch (problem) {
      if (![403, 404].includes(problem.status)) setTimeout(() => this.look(id), AGAIN_MS);
      else if (this.all.delete(id)) this.changed(id);
    }
  }
}
