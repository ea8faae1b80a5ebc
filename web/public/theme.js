// Sets theme and density before the first paint from what the page last knew; the settings follow from the server.
(function () {
  var root = document.documentElement;
  var theme = "system";
  var density = "comfortable";
  try {
    theme = localStorage.getItem("familiar.theme") || theme;
    density = localStorage.getItem("familiar.density") || density;
  } catch {
    // Storage may be forbidden; then the system's preference holds.
  }
  var dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  root.dataset.density = density;
})();
