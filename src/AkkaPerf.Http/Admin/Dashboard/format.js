// How figures are written: short, and with the same width from second to second.

const none = '–';
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const rounded = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const count = value => value == null ? none : whole.format(value);

// What is counted.
export function short(value) {
  if (value == null) return none;
  if (value >= 999_500) return `${rounded.format(value / 1_000_000)}M`;
  return value >= 9_995 ? `${rounded.format(value / 1_000)}k` : whole.format(value);
}

// What is measured: of little, a tenth matters.
export const measure = value => value > 0 && value < 9.95 ? tenths.format(value) : short(value);

export const rate = value => value == null ? none : `${measure(value)}/s`;

export function duration(milliseconds) {
  if (milliseconds == null) return none;
  if (milliseconds >= 9_950) return `${whole.format(milliseconds / 1_000)} s`;
  if (milliseconds >= 999.5) return `${tenths.format(milliseconds / 1_000)} s`;
  if (milliseconds >= 9.95) return `${whole.format(milliseconds)} ms`;
  return milliseconds >= 0.05 ? `${tenths.format(milliseconds)} ms` : `${whole.format(milliseconds * 1_000)} µs`;
}

export function percent(part) {
  if (part == null) return none;
  const value = part * 100;
  return value > 0 && value < 9.95 ? `${tenths.format(value)} %` : `${whole.format(value)} %`;
}

export function bytes(value) {
  if (value == null) return none;
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 10 ? whole.format(value) : tenths.format(value)} ${units[unit]}`;
}

export const clock = at => new Date(at).toLocaleTimeString('en-GB');

export function ago(at, now) {
  const seconds = Math.max(0, Math.round((now - new Date(at)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

// queueFull: queue full
export const words = name => name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
