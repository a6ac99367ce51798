// Waiting, never without an end.

/** Long enough for a loaded machine; what works takes a few milliseconds. */
export const LIMIT = 15_000;

/** A promise's value, or a failure that names what was waited for. */
export function within(what, promise, limit = LIMIT) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limit} ms for ${what}`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What happened, in order, and a way to wait for what is yet to happen. */
export class Record {
  entries = [];
  #waiters = new Set();

  push(entry) {
    this.entries.push(entry);
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** The position after everything so far. */
  get end() {
    return this.entries.length;
  }

  /** The position of the first entry from `from` on that matches, at once or when it comes. */
  wait(what, matches, from = 0) {
    const find = () => this.entries.findIndex((entry, index) => index >= from && matches(entry));
    const found = new Promise((resolve) => {
      const look = () => {
        const index = find();
        if (index < 0) return;
        this.#waiters.delete(look);
        resolve(index);
      };
      this.#waiters.add(look);
      look();
    });
    return within(what, found);
  }

  /** The first entry that matches, at once or when it comes. */
  async entry(what, matches, from = 0) {
    return this.entries[await this.wait(what, matches, from)];
  }

  /** Everything from `from` on that matches. */
  all(matches, from = 0) {
    return this.entries.slice(from).filter(matches);
  }
}
