// The path of a request as a picture: one station a card, in the order in which a request passes them.

import { count, duration, percent, rate, short, words } from './format.js';
import { keep, make, mark, say } from './dom.js';

// What was refused is shown where it was, for so long.
const refusalsFor = 60_000;

export class Path {
  #element;
  #seen = new Map();

  constructor(element) {
    this.#element = element;
  }

  show(pipeline, at) {
    const refused = this.#refused(pipeline.figures, at);
    keep(this.#element, stations(pipeline, refused), station => station.name, create, update);
  }

  // Refusals of the last minute, by reason: the counters are since the start.
  #refused(figures, at) {
    const looks = this.#seen.get(figures.name) ?? [];
    if (looks.length > 0 && sum(figures.refused) < sum(looks.at(-1).refused)) looks.length = 0;
    looks.push({ at, refused: figures.refused });
    while (looks.length > 1 && looks[1].at <= at - refusalsFor) looks.shift();
    this.#seen.set(figures.name, looks);
    return Object.fromEntries(Object.entries(figures.refused).map(([reason, now]) => [reason, now - looks[0].refused[reason]]));
  }
}

const sum = refused => Object.values(refused).reduce((all, one) => all + one, 0);

function stations(pipeline, refused) {
  const { figures, lately, backends } = pipeline;
  const { cache, permits, waiting, retrying } = figures;
  const pools = backends.filter(backend => backend.connections);
  const total = (of, from = pools) => from.reduce((all, one) => all + (of(one) ?? 0), 0);
  const leased = total(one => one.connections.leased);
  const mostLeased = total(one => one.maxConnections);
  const hits = cache && lately.localHits != null ? lately.localHits + lately.distributedHits : null;
  const errors = lately.answered + lately.faulted > 0 ? lately.faulted / (lately.answered + lately.faulted) : null;
  return [
    { name: 'Requests', figure: rate(lately.requests), lines: [`${rate(lately.answered)} answered`, errors == null ? 'none failed' : `${percent(errors)} failed`], isBad: errors > 0.05 },
    {
      name: 'Door',
      figure: short(figures.inFlight),
      lines: [`inside, of ${short(figures.capacity)}`, `${short(waiting.door)} wait outside`],
      used: figures.inFlight / figures.capacity,
      refused: pick(refused, 'pipelineStopping', 'pipelineRestarting'),
    },
    cache
      ? {
        name: 'Cache',
        figure: percent(hits),
        lines: [`L1 ${percent(lately.localHits)}${cache.distributed ? ` · L2 ${percent(lately.distributedHits)}` : ''}`, `joined ${percent(lately.joined)}`],
        used: hits,
        isGood: true,
      }
      : { name: 'Cache', figure: 'off', lines: ['nothing is kept', ''], isOff: true },
    {
      name: 'Permits',
      figure: `${short(permits.inUse)}`,
      lines: [`in use, of ${short(permits.limit)}`, `${short(waiting.room)} of ${short(figures.places)} wait`],
      used: permits.inUse / permits.limit,
      refused: pick(refused, 'queueFull', 'rateLimited', 'deadlinePassed'),
    },
    retrying
      ? { name: 'Retries', figure: rate(lately.retries), lines: [`hedges ${rate(lately.hedges)}`, `over budget ${count(retrying.refusedByBudget)}`] }
      : { name: 'Retries', figure: 'off', lines: ['nothing is sent twice', ''], isOff: true },
    {
      name: 'Balancer',
      figure: pipeline.backendCount ? `${short(pipeline.eligibleCount)} of ${short(pipeline.backendCount)}` : 'off',
      lines: [pipeline.backendCount ? 'may be picked' : 'one handler', pipeline.policy ?? ''],
      isOff: !pipeline.backendCount,
      isBad: pipeline.backendCount > 0 && pipeline.eligibleCount === 0,
      refused: pick(refused, 'noHealthyBackend'),
    },
    {
      name: 'Connections',
      figure: pools.length ? short(leased) : 'off',
      lines: [pools.length ? `in use, of ${short(mostLeased)}` : 'none are kept', pools.length ? `${short(waiting.connection)} wait` : ''],
      used: mostLeased ? leased / mostLeased : null,
      isOff: !pools.length,
      refused: pick(refused, 'noConnection'),
    },
    { name: 'Backends', figure: duration(lately.p50), lines: ['median answer', `p99 ${duration(lately.p99)}`], isOff: !pipeline.backendCount },
  ];
}

const pick = (refused, ...reasons) => reasons.filter(reason => refused[reason] > 0).map(reason => `${count(refused[reason])} ${words(reason)}`);

function create(station) {
  const parts = {
    figure: make('p', { class: 'figure' }),
    lines: [make('p', { class: 'line' }), make('p', { class: 'line' })],
    bar: make('span', { class: 'bar-used' }),
    refused: make('p', { class: 'refused' }),
  };
  const bar = make('span', { class: 'bar', 'aria-hidden': 'true' }, parts.bar);
  const element = make('li', { class: 'station', 'data-station': station.name },
    make('h3', {}, station.name), parts.figure, ...parts.lines, bar, parts.refused);
  element.parts = { ...parts, whole: bar };
  return element;
}

function update(element, station) {
  const { figure, lines, bar, whole, refused } = element.parts;
  say(figure, station.figure);
  lines.forEach((line, index) => say(line, station.lines[index]));
  whole.classList.toggle('unused', station.used == null);
  bar.style.inlineSize = `${Math.min(1, Math.max(0, station.used ?? 0)) * 100}%`;
  mark(bar, 'level', station.isGood ? 'good' : station.used >= 0.95 ? 'bad' : station.used >= 0.75 ? 'warn' : 'calm');
  const text = (station.refused ?? []).join(', ');
  say(refused, text ? `refused in a minute: ${text}` : '');
  element.classList.toggle('off', !!station.isOff);
  element.classList.toggle('bad', !!station.isBad);
  element.classList.toggle('refusing', text !== '');
}
