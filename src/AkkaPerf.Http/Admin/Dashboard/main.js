// Leads the figures to where they are shown, for the pipeline that is looked at.

import { Actions } from './actions.js';
import { Backends } from './backends.js';
import { Charts } from './charts.js';
import { find, keep, make, mark, say } from './dom.js';
import { clock } from './format.js';
import { headline } from './headline.js';
import { Live } from './live.js';
import { Path } from './path.js';
import { showDecisions, showKeys, showRefusals } from './traces.js';

const mostPoints = 300;
const mostRates = 60;

const histories = new Map();
const actions = new Actions();
const path = new Path(find('path'));
const charts = new Charts(find('charts'));
const backends = new Backends(find('backends'), find('backends-note'), backend => actions.askAbout(backend));
let sample;
let lostAt;

new Live({ history: begin, sample: take, lost: lose });
addEventListener('hashchange', () => sample && show());

function begin(all) {
  histories.clear();
  for (const { name, points, rates } of all) histories.set(name, { points, rates: new Map(Object.entries(rates)) });
}

function take(latest) {
  sample = latest;
  lostAt = null;
  for (const pipeline of sample.pipelines) remember(pipeline);
  show();
  mark(document.body, 'link', 'up');
  say(find('link'), `live · ${clock(sample.at)}`);
}

function remember({ figures, lately, backends }) {
  let history = histories.get(figures.name);
  if (!history) histories.set(figures.name, history = { points: [], rates: new Map() });
  if (history.points.at(-1)?.at >= lately.at || lately.at === 0) return;
  push(history.points, lately, mostPoints);
  for (const backend of backends) {
    if (!history.rates.has(backend.id)) history.rates.set(backend.id, []);
    push(history.rates.get(backend.id), backend.rate, mostRates);
  }
}

function push(items, item, most) {
  items.push(item);
  if (items.length > most) items.shift();
}

function show() {
  // As a link has it: what somebody has typed may be encoded as nothing at all.
  const wanted = location.hash.slice(1);
  const pipeline = sample.pipelines.find(one => encodeURIComponent(one.figures.name) === wanted) ?? sample.pipelines[0];
  keep(find('pipelines'), sample.pipelines, one => one.figures.name,
    one => make('a', { href: `#${encodeURIComponent(one.figures.name)}` }, one.figures.name),
    (link, one) => {
      mark(link, 'level', headline(sample, one)[0]);
      if (one === pipeline) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    });
  if (!pipeline) {
    tell('warn', 'No pipeline runs.');
    return;
  }
  const now = new Date(sample.at);
  const history = histories.get(pipeline.figures.name);
  tell(...headline(sample, pipeline));
  path.show(pipeline, +now);
  charts.show(history?.points ?? [], pipeline.figures);
  backends.show(pipeline, history?.rates ?? new Map(), now);
  showRefusals(pipeline);
  showDecisions(pipeline);
  showKeys(pipeline);
  actions.show(pipeline);
}

// The last figures stay, greyed: they tell what it was like before.
function lose() {
  lostAt ??= Date.now();
  mark(document.body, 'link', 'down');
  say(find('link'), `unreachable since ${clock(lostAt)}`);
  tell('bad', `The gateway cannot be reached since ${clock(lostAt)}.${sample ? ' What stands below is old.' : ''}`);
}

function tell(level, text) {
  mark(find('headline'), 'level', level);
  say(find('headline-text'), text);
}
