// What an operator may do: asked for once more before it is done, and told what came of it.

import { find, make, say } from './dom.js';

const stays = 4_000;

const forBackend = [
  { name: 'drain', text: 'Drain', what: 'No new requests; what runs goes on, probes too.', fits: one => !one.isDraining },
  { name: 'resume', text: 'Resume', what: 'New requests may come again.', fits: one => one.isDraining },
  { name: 'disable', text: 'Disable', what: 'No new requests and no probes, until it is enabled.', fits: one => one.isEnabled },
  { name: 'enable', text: 'Enable', what: 'It is probed, and gets requests once it is healthy.', fits: one => !one.isEnabled },
  { name: 'eject', text: 'Eject', what: 'As if its requests had failed: out for a while, back by itself.', fits: one => one.isEligible },
  { name: 'probe', text: 'Probe now', what: 'Ask for its health now rather than when it is due.', fits: one => one.isEnabled },
  { name: 'weight', text: 'Set the weight', what: 'Its share beside the others, 0 to 1000.', fits: () => true, input: one => ({ name: 'weight', type: 'number', min: 0, max: 1000, value: one.weight }) },
];

const forCache = [
  { member: 'urls', action: 'purge', text: 'Purge by URL', what: 'Forgets an address, such as http://shop.example/products/1, in all its variants.' },
  { member: 'tags', action: 'purge', text: 'Purge by tag', what: 'Forgets whatever bears the tag in Surrogate-Key.' },
  { member: 'prefixes', action: 'purge', text: 'Purge by prefix', what: 'Forgets all addresses that begin so.' },
  { member: 'urls', action: 'warm', text: 'Warm', what: 'Asks for an address now, so that it is kept if it may be.' },
];

export class Actions {
  #dialog = find('ask');
  #adjust = find('adjust');
  #toast = find('toast');
  #cache = find('cache-actions');
  #timer;
  #pipeline;
  #fields = [];

  constructor() {
    this.#cache.addEventListener('click', () => this.#askAboutCache());
    this.#fields = [
      this.#field({ label: 'Policy', action: 'policy', member: 'policy', options: () => this.#pipeline.policies, now: () => this.#pipeline.policy }),
      this.#field({ label: 'Permits', action: 'permits', member: 'limit', min: 1, max: 1_000_000, now: () => this.#pipeline.figures.permits.limit }),
      this.#field({ label: 'Waiting room', action: 'queue', member: 'limit', min: 0, max: 1_000_000, now: () => this.#pipeline.figures.places }),
      this.#field({ label: 'Connections per backend', action: 'connections', member: 'max', min: 1, max: 100_000, now: () => this.#pipeline.backends.find(one => one.maxConnections)?.maxConnections }),
      this.#field({ label: 'Traced decisions', action: 'trace', member: 'part', options: () => ['0', '0.01', '0.1', '1'], write: part => `${part * 100} %`, now: () => this.#pipeline.trace == null ? null : String(this.#pipeline.trace) }),
    ];
  }

  // The fields follow what is in effect, but for the one that somebody is changing.
  show(pipeline) {
    const isAnother = this.#pipeline?.figures.name !== pipeline.figures.name;
    this.#pipeline = pipeline;
    this.#cache.hidden = pipeline.figures.cache == null;
    for (const field of this.#fields) field.follow(isAnother);
  }

  askAbout(backend) {
    const options = forBackend.filter(action => action.fits(backend));
    let chosen = options[0];
    const button = make('button', { class: 'primary', value: 'do' });
    const choose = action => {
      chosen = action;
      say(button, `${action.text}: ${backend.id}`);
    };
    const choices = options.map((action, index) => {
      const input = action.input && make('input', { ...action.input(backend), 'aria-label': action.text, onfocus: () => radio.click() });
      const radio = make('input', { type: 'radio', name: 'action', value: action.name, checked: index === 0, onchange: () => choose(action) });
      action.field = input;
      return make('div', { class: 'choice' }, make('label', {}, radio, make('span', { class: 'name' }, action.text), make('span', { class: 'faint' }, action.what)), ...(input ? [input] : []));
    });
    choose(chosen);
    this.#open(`Backend ${backend.id}`, choices, button, () => {
      if (chosen.field && !chosen.field.reportValidity()) return false;
      this.#do(`backends/${encodeURIComponent(backend.id)}/${chosen.name}`, chosen.field ? { weight: chosen.field.valueAsNumber } : {}, `${chosen.text}: ${backend.id}`);
      return true;
    });
  }

  #askAboutCache() {
    const input = make('input', { type: 'text', name: 'names', required: true, autocomplete: 'off', spellcheck: 'false' });
    const soft = make('input', { type: 'checkbox', name: 'soft' });
    const softly = make('div', { class: 'choice' }, make('label', {}, soft, make('span', { class: 'name' }, 'Softly'), make('span', { class: 'faint' }, 'Keeps it, but stale: it is asked for again, and given meanwhile if it may be.')));
    const button = make('button', { class: 'primary', value: 'do' });
    let chosen;
    const choose = one => {
      chosen = one;
      say(button, one.text);
      softly.hidden = one.action !== 'purge';
    };
    const choices = forCache.map((one, index) => make('div', { class: 'choice' }, make('label', {},
      make('input', { type: 'radio', name: 'action', value: index, checked: index === 0, onchange: () => choose(one) }),
      make('span', { class: 'name' }, one.text), make('span', { class: 'faint' }, one.what))));
    choose(forCache[0]);
    this.#open(`Cache of ${this.#pipeline.figures.name}`, [...choices, make('label', { class: 'named' }, 'Which, separated by spaces', input), softly], button, () => {
      const names = input.value.split(/\s+/).filter(name => name);
      if (names.length === 0) return false;
      const isSoft = chosen.action === 'purge' && soft.checked;
      this.#do(chosen.action, { [chosen.member]: names, ...(isSoft ? { soft: true } : {}) }, `${chosen.text}${isSoft ? ', softly' : ''}: ${names.join(' ')}`);
      return true;
    });
  }

  #field({ label, action, member, options, write = String, now, ...limits }) {
    let choices = '';
    const input = options ? make('select', { name: action }) : make('input', { name: action, type: 'number', required: true, step: 1, ...limits });
    const button = make('button', { type: 'submit', disabled: true }, 'Change…');
    const form = make('form', { class: 'field' }, make('label', {}, make('span', {}, label), input), button);
    const isChanged = () => input.value !== String(now() ?? '');
    input.addEventListener('input', () => button.disabled = !isChanged());
    form.addEventListener('submit', event => {
      event.preventDefault();
      const value = options && action === 'policy' ? input.value : Number(input.value);
      const text = `${label}: ${write(now())} → ${write(input.value)}`;
      this.#open(`Pipeline ${this.#pipeline.figures.name}`, [make('p', {}, `${text}. It takes effect at once.`)], make('button', { class: 'primary', value: 'do' }, 'Change'), () => {
        this.#do(action, { [member]: value }, text);
        return true;
      });
    });
    this.#adjust.append(form);
    return {
      follow: isAnother => {
        form.hidden = now() == null;
        if (form.hidden) return;
        const all = options ? [...new Set([...options(), now()])].join('\n') : '';
        if (options && all !== choices) {
          choices = all;
          input.replaceChildren(...all.split('\n').map(value => make('option', { value }, write(value))));
          input.value = now();
        }
        if (isAnother || (button.disabled && document.activeElement !== input)) input.value = now();
        button.disabled = !isChanged();
      },
    };
  }

  #open(title, content, button, act) {
    const form = make('form', { method: 'dialog' },
      make('h2', { id: 'ask-title' }, title), ...content,
      make('div', { class: 'buttons' }, make('button', { value: 'cancel', formnovalidate: true, type: 'button', onclick: () => this.#dialog.close() }, 'Cancel'), button));
    form.addEventListener('submit', event => {
      event.preventDefault();
      if (act()) this.#dialog.close();
    });
    this.#dialog.replaceChildren(form);
    this.#dialog.showModal();
  }

  async #do(path, body, text) {
    try {
      const response = await fetch(`pipelines/${encodeURIComponent(this.#pipeline.figures.name)}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      this.#tell(response.ok ? `Done. ${text}` : `${answer.detail}${answer.allowed?.length ? ` Allowed: ${answer.allowed.join(', ')}.` : ''}`, response.ok);
    } catch {
      this.#tell(`Not done, the gateway cannot be reached. ${text}`, false);
    }
  }

  #tell(text, isGood) {
    say(this.#toast, text);
    this.#toast.classList.toggle('bad', !isGood);
    this.#toast.classList.add('shown');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#toast.classList.remove('shown'), isGood ? stays : 3 * stays);
  }
}
