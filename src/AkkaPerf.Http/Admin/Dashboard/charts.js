// The last five minutes: four charts that share their time and their cursor.

import { duration, measure, percent, rate } from './format.js';
import { make, say } from './dom.js';

const minutes = 5;
const height = 150;

// Steps that are written as what they are: 2.5 would be rounded.
const steps = Array.from({ length: 14 }, (_, power) => [1, 2, 5].map(step => Number(`${step}e${power - 4}`))).flat();

const kinds = [
  {
    title: 'Throughput',
    value: point => rate(point?.requests),
    write: measure,
    series: [{ label: 'requests', of: point => point.requests, colour: '--blue', fill: true }, { label: 'failed', of: point => point.faulted, colour: '--red' }],
  },
  {
    title: 'Latency',
    value: point => point?.p99 == null ? '–' : `p99 ${duration(point.p99)}`,
    write: duration,
    series: [
      { label: 'p50', of: point => point.p50, colour: '--blue' },
      { label: 'p90', of: point => point.p90, colour: '--violet' },
      { label: 'p99', of: point => point.p99, colour: '--amber' },
    ],
  },
  {
    title: 'Hit ratio',
    value: point => percent(point?.localHits == null ? null : point.localHits + point.distributedHits),
    write: percent,
    most: 1,
    series: [
      { label: 'L1', of: point => point.localHits, colour: '--green', fill: true },
      { label: 'L2', of: point => point.localHits == null ? null : point.distributedHits, colour: '--blue', when: figures => !!figures.cache?.distributed },
      { label: 'joined', of: point => point.localHits == null ? null : point.joined, colour: '--violet' },
    ],
  },
  {
    title: 'Shed load',
    value: point => rate(point?.shed),
    write: measure,
    series: [{ label: 'refused', of: point => point.shed, colour: '--red', fill: true }, { label: 'waiting', of: point => point.waiting, colour: '--amber' }],
  },
];

export class Charts {
  #charts;
  #points = [];

  constructor(element) {
    this.#charts = kinds.map(kind => new Chart(element, kind));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#charts.forEach(chart => chart.rebuild(this.#points)));
  }

  show(points, figures) {
    this.#points = points;
    this.#charts.forEach(chart => chart.show(points, figures));
  }
}

class Chart {
  #kind;
  #place;
  #value;
  #legend;
  #plot;
  #points = [];

  constructor(parent, kind) {
    this.#kind = kind;
    this.#value = make('p', { class: 'figure' }, '–');
    this.#legend = kind.series.map(series => {
      const value = make('span', { class: 'legend-value' });
      return { series, value, item: make('li', {}, make('span', { class: 'swatch', 'data-colour': series.colour.slice(2) }), `${series.label} `, value) };
    });
    this.#place = make('div', { class: 'plot', role: 'img' });
    parent.append(make('div', { class: 'card chart', 'data-chart': kind.title },
      make('div', { class: 'card-head' }, make('h3', {}, kind.title), this.#value), this.#place, make('ul', { class: 'legend' }, ...this.#legend.map(({ item }) => item))));
    this.rebuild([]);
    new ResizeObserver(() => this.#plot.setSize({ width: this.#place.clientWidth, height })).observe(this.#place);
  }

  rebuild(points) {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), columns(this.#kind, points), this.#place);
  }

  show(points, figures) {
    this.#points = points;
    this.#legend.forEach(({ series, item }, index) => {
      const isShown = series.when?.(figures) ?? true;
      item.hidden = !isShown;
      if (this.#plot.series[index + 1].show !== isShown) this.#plot.setSeries(index + 1, { show: isShown });
    });
    this.#plot.setData(columns(this.#kind, points));
    const last = points.at(-1);
    say(this.#value, this.#kind.value(last));
    this.#place.setAttribute('aria-label', `${this.#kind.title}, now ${this.#kind.value(last)}`);
    if (this.#plot.cursor.idx == null) this.#tell(last);
  }

  #tell(point) {
    for (const { series, value } of this.#legend) say(value, point ? this.#kind.write(series.of(point)) : '–');
  }

  #options() {
    const colours = getComputedStyle(document.documentElement);
    const colour = name => colours.getPropertyValue(name).trim();
    const line = { stroke: colour('--faint'), grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false }, font: `11px ${colour('--font')}` };
    return {
      width: this.#place.clientWidth || 300,
      height,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'time' }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { range: (_, __, last) => [(last ?? Date.now() / 1000) - minutes * 60, last ?? Date.now() / 1000] },
        y: { range: (_, __, most) => [0, this.#kind.most ?? Math.max(1, (most ?? 0) * 1.1)] },
      },
      axes: [
        { ...line, grid: { show: false }, size: 24, space: 34, incrs: [60, 120, 300], values: (_, times) => times.map(time => new Date(time * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })) },
        { ...line, size: 52, space: 28, ...(this.#kind.most ? {} : { incrs: steps }), values: (_, values) => values.map(value => this.#kind.write(value)) },
      ],
      series: [{}, ...this.#kind.series.map(series => ({
        stroke: colour(series.colour),
        width: 1.5,
        fill: series.fill ? colour(`${series.colour}-wash`) : undefined,
        points: { show: false },
      }))],
      hooks: { setCursor: [plot => this.#tell(plot.cursor.idx == null ? this.#points.at(-1) : this.#points[plot.cursor.idx])] },
    };
  }
}

const columns = (kind, points) => [points.map(point => point.at / 1000), ...kind.series.map(series => points.map(point => series.of(point) ?? null))];
