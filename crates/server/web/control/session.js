// The admin key. It lives in this tab's session storage and nowhere else: closing the tab forgets
// it.

const NAME = 'admin-key';
let key = null;

/** The key, or `null` while nobody is signed in. */
export function currentKey() {
  try {
    key ??= sessionStorage.getItem(NAME);
  } catch {
    // Storage may be forbidden; then the key lasts until the page is left.
  }
  return key;
}

export function rememberKey(given) {
  key = given;
  document.documentElement.dataset.signedIn = '';
  try {
    sessionStorage.setItem(NAME, given);
  } catch {
    // As above.
  }
}

export function forgetKey() {
  key = null;
  delete document.documentElement.dataset.signedIn;
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // As above.
  }
}
