// Light or dark: the system's choice until the reader makes one.

const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

/** The theme that is shown now, `light` or `dark`. */
export function theme() {
  return document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light');
}

/** Shows the other theme and remembers it. */
export function toggleTheme() {
  const next = theme() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem('theme', next);
  } catch {
    // It is remembered until the page is left.
  }
  changed();
}

/** Calls back when the theme changes: a canvas does not follow a style sheet by itself. */
export function onTheme(listener) {
  listeners.add(listener);
}

/** The value that a colour of tokens.css has now, for a canvas. */
export function colour(name) {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function changed() {
  for (const listener of listeners) listener();
}

system.addEventListener('change', changed);
