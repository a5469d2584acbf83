(() => {
  "use strict";
  const root = document.documentElement;
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const PRINT_WIDTH = 660;
  const PRINT_SCALE = 0.78;
  const config = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: false };
  const charts = [...document.querySelectorAll("[data-figure]")];
  const memory = { get() { try { return localStorage.getItem("dafeng-language"); } catch { return null; } },
                   set(value) { try { localStorage.setItem("dafeng-language", value); } catch { /* private window */ } } };

  function draw(width) {
    const language = root.dataset.lang;
    for (const chart of charts) {
      const figure = figures[chart.dataset.figure][language];
      const room = width ? Math.min(width, PRINT_WIDTH) : chart.clientWidth;
      const layout = { ...figure.layout, width: room };
      const tall = chart.dataset.figure === "wedges";
      if (width && !tall) layout.height = Math.round(figure.layout.height * PRINT_SCALE);
      if (tall && room < 700) layout.height = figure.layout.height + (room < 480 ? 190 : 80);
      Plotly.react(chart, figure.data, layout, config);
      chart.setAttribute("aria-label", chart.dataset[language === "zh" ? "labelZh" : "labelEn"]);
    }
  }

  function speak(language) {
    root.dataset.lang = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    document.title = document.body.dataset[language === "zh" ? "titleZh" : "titleEn"];
    for (const button of document.querySelectorAll("[data-speak]")) {
      button.setAttribute("aria-pressed", String(button.dataset.speak === language));
    }
    draw();
  }

  for (const button of document.querySelectorAll("[data-speak]")) {
    button.addEventListener("click", () => { memory.set(button.dataset.speak); speak(button.dataset.speak); });
  }
  let waiting = 0;
  let seen = root.clientWidth;
  window.addEventListener("resize", () => {
    if (root.clientWidth === seen) return;
    seen = root.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => draw(), 120);
  });
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) { details.dataset.was = details.open; details.open = true; }
    draw(PRINT_WIDTH);
  });
  window.addEventListener("afterprint", () => {
    for (const details of document.querySelectorAll("details")) { details.open = details.dataset.was === "true"; }
    draw();
  });
  speak(memory.get() === "en" ? "en" : "zh");
})();
