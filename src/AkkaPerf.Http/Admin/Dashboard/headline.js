// How it is, in one sentence; the worst first. Without figures, so that it changes only when something does.

import { words } from './format.js';

const worst = { unhealthy: 0, ejected: 1, probation: 2, degraded: 3, unknown: 4 };

export function headline(sample, pipeline) {
  const { figures, lately, backends } = pipeline;
  if (figures.state === 'stopped') return ['bad', 'Stopped.'];
  if (sample.isStopping || figures.state === 'draining') return ['warn', 'Shutting down: what is inside is finished, nothing new is let in.'];
  if (figures.state === 'restarting') return ['bad', 'Restarting: requests are refused until it runs again.'];
  if (pipeline.backendCount > 0 && pipeline.eligibleCount === 0) return ['bad', 'No backend may be picked: requests are refused.'];
  if (figures.isPanicking) return ['bad', 'So few backends are well that ejected ones get requests again.'];
  if (lately.shed > 0) return ['bad', `Load is shed: ${words(pipeline.refusals[0]?.reason ?? 'requests are refused')}.`];
  if (figures.permits.inUse > 0 && figures.zombies > figures.permits.inUse / 2) return ['warn', 'More than half of the permits are held by handlers that nobody waits for any more.'];
  const out = backends.filter(backend => backend.state in worst).sort((one, other) => worst[one.state] - worst[other.state]);
  if (out.length > 0) return ['warn', `Backend ${out[0].id} is ${words(out[0].state)}: ${out[0].cause}${out.length > 1 ? `; ${out.length - 1} more are not well` : ''}.`];
  if (figures.cache?.distributed && !figures.cache.distributed.isUp) return ['warn', 'The second level of the cache is down; requests go on without it.'];
  if (lately.waiting > 0 && figures.permits.inUse >= figures.permits.limit) return ['warn', 'All permits are in use: requests wait.'];
  return ['good', lately.requests > 0 ? 'All is well.' : 'All is well. Nobody asks for anything now.'];
}
