// Sets theme, density, size of the text, language and direction before the first paint from what the page last knew; the settings follow from the server.
(function () {
  var root = document.documentElement;
  var theme = "system";
  var density = "comfortable";
  var textSize = "normal";
  var language = "";
  // As in `src/lib/i18n/language.ts`; a test holds the two together.
  var languages = ["en", "de", "es", "zh", "ar"];
  try {
    theme = localStorage.getItem("familiar.theme") || theme;
    density = localStorage.getItem("familiar.density") || density;
    textSize = localStorage.getItem("familiar.textSize") || textSize;
    language = localStorage.getItem("familiar.language") || language;
  } catch {
    // Storage may be forbidden; then the system's preference holds.
  }
  var dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  root.dataset.density = density;
  root.dataset.textSize = textSize;
  var wanted = [language].concat(Array.from(navigator.languages || [])).map(function (name) {
    return name.toLowerCase().split("-", 1)[0];
  });
  root.lang =
    wanted.find(function (name) {
      return languages.indexOf(name) >= 0;
    }) || "en";
  root.dir = root.lang === "ar" ? "rtl" : "ltr";
})();
