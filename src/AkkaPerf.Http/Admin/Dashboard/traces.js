// Why: what was refused, who was picked, what is asked for most.

import { bytes, clock, count, duration, percent, short, words } from './format.js';
import { find, keep, make, say } from './dom.js';

export function showRefusals(pipeline) {
  const refusals = pipeline.refusals;
  list(find('refusals'), refusals, note => [
    `${count(note.count)} × ${words(note.reason)}`,
    note.why,
    clock(note.from) === clock(note.until) ? clock(note.from) : `${clock(note.from)} – ${clock(note.until)}`,
  ], 'Nothing has been refused since the start.');
}

export function showDecisions(pipeline) {
  say(find('trace-note'), pipeline.trace == null ? '' : pipeline.trace > 0 ? `${percent(pipeline.trace)} are traced` : 'none are traced');
  list(find('decisions'), pipeline.decisions ?? [], decision => [
    decision.picked,
    [`by ${decision.policy}`, ...decision.candidates.map(candidate => described(candidate, decision)), ...left(decision.moreCandidates), ...decision.excluded.map(one => `${one.id} out: ${words(one.health)}, ${one.cause}`), ...left(decision.moreExcluded)].join('\n'),
    clock(decision.at),
  ], pipeline.trace > 0 ? 'No decision has been traced yet.' : 'Set a part to be traced under Adjust, and decisions appear here with their reasons.');
}

export function showKeys(pipeline) {
  const { cache } = pipeline.figures;
  const keys = pipeline.hotKeys ?? [];
  const most = Math.max(1, ...keys.map(key => key.hits));
  say(find('keys-note'), cache ? `${count(cache.entries)} entries, ${bytes(cache.bytes)}` : '');
  const shared = sharedOrigin(keys);
  list(find('keys'), keys, key => [key.key.slice(shared.length), '', `${count(key.hits)} hits`], cache ? 'Nothing is kept yet.' : 'This pipeline keeps nothing.', key => key.hits / most);
}

// What all keys begin with says nothing: http://shop.example of http://shop.example/products/1.
function sharedOrigin(keys) {
  const origin = /^[a-z]+:\/\/[^/]+(?=\/)/.exec(keys[0]?.key ?? '')?.[0] ?? '';
  return keys.every(({ key }) => key.startsWith(`${origin}/`)) ? origin : '';
}

const left = more => more > 0 ? [`and ${count(more)} more`] : [];

function described(candidate, decision) {
  const score = candidate.score == null ? '' : `score ${candidate.score < 10 ? candidate.score.toPrecision(2) : short(candidate.score)}, `;
  return `${candidate.id === decision.picked ? '→ ' : '   '}${candidate.id}: ${score}${count(candidate.inFlight)} in flight, ${duration(candidate.responseTime)}${candidate.failureShare > 0 ? `, ${percent(candidate.failureShare)} failed` : ''}${candidate.hasRoom ? '' : ', no room'}`;
}

// Lines keep their places and change their text: nothing jumps. And nothing changes under somebody's eyes.
function list(parent, items, textOf, empty, partOf) {
  if (parent.matches(':hover, :focus') && parent.childElementCount > 0) return;
  const shown = items.length > 0 ? items : [null];
  keep(parent, shown, item => item ? shown.indexOf(item) : 'empty', item => {
    const parts = [make('p', { class: 'what' }), make('p', { class: 'why' }), make('p', { class: 'when' })];
    const bar = make('span', { class: 'share', 'aria-hidden': 'true' });
    const element = make('li', { class: item ? '' : 'empty' }, ...parts, ...(partOf && item ? [bar] : []));
    element.parts = parts;
    element.bar = bar;
    return element;
  }, (element, item) => {
    (item ? textOf(item) : [empty, '', '']).forEach((text, index) => say(element.parts[index], text));
    if (item && partOf) element.bar.style.inlineSize = `${partOf(item) * 100}%`;
    element.parts[0].title = element.parts[0].textContent;
  });
}
