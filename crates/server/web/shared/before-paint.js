// Runs before the first paint, so that nobody who chose the dark theme sees a white flash. It is a
// classic script for that reason; everything else is a module.
(() => {
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    if (sessionStorage.getItem('admin-key')) document.documentElement.dataset.signedIn = '';
  } catch {
    // Storage may be forbidden; then the theme is the system's.
  }
})();
