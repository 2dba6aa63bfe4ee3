// The backends, one a row.

import { ago, count, duration, measure, percent, short, words } from './format.js';
import { keep, make, mark, say } from './dom.js';

const columns = ['Weight', 'In flight', 'Requests/s', 'Last minute', 'p50', 'p99', 'Errors'];
const rates = 60;

export class Backends {
  #element;
  #note;
  #act;

  constructor(element, note, act) {
    this.#element = element;
    this.#note = note;
    this.#act = act;
  }

  show(pipeline, history, now) {
    keep(this.#element, pipeline.backends, backend => `${pipeline.figures.name}/${backend.id}`,
      backend => this.#create(backend), (row, backend) => update(row, backend, history.get(backend.id) ?? [], now));
    const more = pipeline.backendCount - pipeline.backends.length;
    say(this.#note, [
      pipeline.backendCount ? `${count(pipeline.eligibleCount)} of ${count(pipeline.backendCount)} may be picked` : 'this pipeline has none',
      more > 0 ? `${count(more)} that are well are not shown` : '',
    ].filter(Boolean).join('; '));
  }

  #create(backend) {
    const line = make('polyline', { fill: 'none' });
    const parts = {
      address: make('span', { class: 'faint' }),
      state: make('span', { class: 'state' }),
      cause: make('span', { class: 'faint' }),
      cells: columns.map(column => make('td', { class: column === 'Last minute' ? 'spark' : 'number', 'data-label': column })),
      line,
    };
    parts.cells[3].append(make('svg', { viewBox: '0 0 120 24', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, line));
    const row = make('tr', { 'data-backend': backend.id },
      make('th', { scope: 'row' }, make('span', { class: 'name' }, backend.id), parts.address),
      make('td', { class: 'state-cell', 'data-label': 'State' }, parts.state, parts.cause),
      ...parts.cells,
      make('td', { class: 'action' }, make('button', { type: 'button', 'aria-label': `Actions for ${backend.id}`, onclick: () => this.#act(row.backend) }, 'Actions…')));
    row.parts = parts;
    return row;
  }
}

function update(row, backend, history, now) {
  row.backend = backend;
  const { address, state, cause, cells, line } = row.parts;
  say(address, `${backend.address.replace(/\/$/, '')}${backend.zone ? ` · ${backend.zone}` : ''}${backend.priority ? ` · tier ${backend.priority}` : ''}`);
  mark(row, 'state', backend.state);
  say(state, words(backend.state));
  say(cause, `for ${ago(backend.since, now)}: ${backend.cause}${backend.ramp < 100 ? `, starting slowly at ${backend.ramp} %` : ''}`);
  [count(backend.weight), short(backend.inFlight), measure(backend.rate), null, duration(backend.p50), duration(backend.p99), percent(backend.errors)]
    .forEach((text, index) => text != null && say(cells[index], text));
  cells[6].classList.toggle('bad', backend.errors > 0.05);
  line.setAttribute('points', points(history));
}

function points(history) {
  const most = Math.max(1, ...history);
  const from = rates - history.length;
  return history.map((value, index) => `${((from + index) * 120 / (rates - 1)).toFixed(1)},${(22.5 - value / most * 21).toFixed(1)}`).join(' ');
}
