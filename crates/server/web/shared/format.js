// Numbers, money and times as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });

/** What stands where there is no number. */
export const NOTHING = '–';

/** 1234567 is `1,234,567`. */
export function count(number) {
  return whole.format(number);
}

/** 1234567 is `1.2M`; up to 99,999 every digit counts. */
export function shortCount(number) {
  return Math.abs(number) < 100_000 ? whole.format(number) : short.format(number);
}

/** A number a second: small ones with a decimal. */
export function rate(perSecond) {
  if (perSecond === null) return NOTHING;
  return perSecond !== 0 && Math.abs(perSecond) < 10
    ? tenths.format(perSecond)
    : whole.format(perSecond);
}

/** A share of one as `43 %`. */
export function percent(share) {
  if (share === null) return NOTHING;
  const format = share > 0 && share < 0.1 ? tenths : whole;
  return `${format.format(share * 100)} %`;
}

/** `1 unit`, `2 units`. */
export function counted(number, noun, plural = `${noun}s`) {
  return `${count(number)} ${number === 1 ? noun : plural}`;
}

/** A time that something takes: `0.8 ms`, `12 ms`, `1.2 s`. */
export function took(seconds) {
  if (seconds === null) return NOTHING;
  const ms = seconds * 1000;
  if (ms < 10) return `${tenths.format(ms)} ms`;
  return ms < 1000 ? `${whole.format(ms)} ms` : `${tenths.format(seconds)} s`;
}

/** A time that is left: `0:42`, `12:05`, `3:10:00`, `4 days`. */
export function left(seconds) {
  const s = Math.max(0, Math.ceil(seconds));
  if (s >= 2 * 86_400) return `${Math.floor(s / 86_400)} days`;
  const two = (n) => String(n).padStart(2, '0');
  const minutes = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${minutes}` : minutes.replace(/^0/, '');
}

/** How long ago, in one unit: `8 s`, `5 min`, `3 h`, `2 days`. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  return s < 48 * 3600 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} days`;
}

/** How many decimals a currency has: 2 for USD, 0 for JPY. */
export function decimals(currency) {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.resolvedOptions().maximumFractionDigits;
  } catch {
    return 2;
  }
}

/** Minor units as `99.99 USD`. */
export function money(minor, currency) {
  const digits = decimals(currency);
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${new Intl.NumberFormat('en', format).format(minor / 10 ** digits)} ${currency}`;
}

/**
 * The parts of a number that somebody typed. A comma stands between thousands, as the pages write
 * them, and nowhere else: `1,5` may be meant as 1.5 or as 15, and so it is neither.
 */
const TYPED = /^([+\-−]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/;

/** `1,000` or `-5` as a number; `null` if it is no whole number. */
export function wholeNumber(text) {
  const [, sign, digits, fraction] = TYPED.exec(text.trim()) ?? [];
  if (!digits || fraction) return null;
  const number = exact(digits);
  return number !== null && /[-−]/.test(sign) ? -number : number;
}

/** `99.99` of a currency in minor units, without a float in between; `null` if it is no amount. */
export function minorUnits(text, currency) {
  const places = decimals(currency);
  const [, sign, digits, fraction = ''] = TYPED.exec(text.trim()) ?? [];
  if (!digits || sign || fraction.length > places) return null;
  return exact(digits + fraction.padEnd(places, '0'));
}

/** Digits as a number, if it has them all. */
function exact(digits) {
  const number = Number(digits.replaceAll(',', ''));
  return Number.isSafeInteger(number) ? number : null;
}

/** Minor units as a field shows them: `99.99`. */
export function majorUnits(minor, currency) {
  return (minor / 10 ** decimals(currency)).toFixed(decimals(currency));
}

/** An amount to show how one is entered: `99.99` for USD, `9999` for JPY. */
export function exampleAmount(currency) {
  return majorUnits(9999, currency);
}

/** The time of day: `14:03:07`, with `ms` `14:03:07.123`. */
export function clock(date, ms = false) {
  const two = (n) => String(n).padStart(2, '0');
  const text = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return ms ? `${text}.${String(date.getMilliseconds()).padStart(3, '0')}` : text;
}

/** The day: `Nov 27, 2026`. */
export function date(at) {
  return day.format(at);
}

/** The time of day, and the date where it is not today's. */
export function moment(at) {
  return date(at) === date(new Date()) ? clock(at) : `${date(at)}, ${clock(at)}`;
}

/** Words of the server as a sentence: `the sale is paused` is `The sale is paused.` */
export function sentence(words) {
  return `${words[0].toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`;
}

/** An id that is too long for a line: its last characters, which tell UUIDs of one second apart. */
export function shortId(id) {
  return id.length > 14 ? `…${id.slice(-10)}` : id;
}
