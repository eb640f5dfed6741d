// Elements from a few words, and changes that touch the page only where something is different.

/**
 * Makes an element: `h('p.note', {title: 'why', onclick: go}, 'text', child)`.
 *
 * @param {string} what a tag and its classes, as in CSS
 * @param {object | string | Node} [attributes] what begins with `on` listens
 * @param {...(string | Node | null | false)} children
 */
export function h(what, attributes, ...children) {
  const [tag, ...classes] = what.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  const given = attributes?.constructor === Object;
  for (const [name, value] of given ? Object.entries(attributes) : []) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  const all = given ? children : [attributes, ...children];
  element.append(...all.flat().filter((child) => child != null && child !== false));
  return element;
}

/** The element with this id, which must be there. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

const shown = new WeakMap();

/** Changes the text of an element, if it is another one. */
export function setText(element, text) {
  if (shown.get(element) === text) return;
  shown.set(element, text);
  element.textContent = text;
}

/** Changes an attribute, if it is another one; `null` takes it away. */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Makes the children of `parent` be `wanted`, in that order, and moves only what is out of place:
 * a moved element loses the focus.
 */
export function setChildren(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((child, place) => {
    if (parent.children[place] !== child)
      parent.insertBefore(child, parent.children[place] ?? null);
  });
}
