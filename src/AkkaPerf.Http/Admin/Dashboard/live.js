// The figures, as they come: what was, once, and then what is, every second.

const silence = 4_000;
const pause = 1_000;

export class Live {
  #source;
  #watch;
  #handlers;

  constructor(handlers) {
    this.#handlers = handlers;
    this.#open();
  }

  #open() {
    this.#source = new EventSource('events');
    this.#source.addEventListener('history', event => this.#hear(() => this.#handlers.history(JSON.parse(event.data))));
    this.#source.addEventListener('sample', event => this.#hear(() => this.#handlers.sample(JSON.parse(event.data))));
    this.#source.addEventListener('error', () => this.#lose());
    this.#listen();
  }

  #hear(tell) {
    this.#listen();
    tell();
  }

  // A connection that is up but says nothing is as good as none.
  #listen() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lose(), silence);
  }

  // A browser gives up on some failures, such as too many viewers; we do not.
  #lose() {
    clearTimeout(this.#watch);
    this.#source.close();
    this.#handlers.lost();
    setTimeout(() => this.#open(), pause);
  }
}
