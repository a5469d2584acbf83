(() => {
  "use strict";
  const root = document.documentElement;
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const words = JSON.parse(document.getElementById("words").textContent);
  const PRINT_WIDTH = 680;
  const PRINT_HALF = 326;
  const PRINT_SCALE = 0.74;
  const PRINT_SCALES = { wedges: 0.78, waterfall: 0.6, references: 1.05 };
  const BOM = "\ufeff";
  const config = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: false };
  const charts = [...document.querySelectorAll("[data-figure]")];
  const memory = { get() { try { return localStorage.getItem("dafeng-language"); } catch { return null; } },
                   set(value) { try { localStorage.setItem("dafeng-language", value); } catch { /* private window */ } } };

  function draw(printed) {
    const language = root.dataset.lang;
    for (const chart of charts) {
      const figure = figures[chart.dataset.figure][language];
      const wide = ["wide", "broad"].some((name) => chart.parentElement.classList.contains(name));
      const room = printed ? (wide ? PRINT_WIDTH : PRINT_HALF) : chart.clientWidth;
      const layout = { ...figure.layout, width: room };
      const tall = chart.dataset.figure === "wedges";
      if (printed) {
        layout.height = Math.round(figure.layout.height * (PRINT_SCALES[chart.dataset.figure] || PRINT_SCALE));
        layout.font = { ...layout.font, size: 10 };
        layout.legend = { ...layout.legend, font: { size: 10 } };
        layout.title = { ...layout.title, font: { ...(layout.title || {}).font, size: 9.5 } };
      } else if (tall && room < 700) {
        layout.height = figure.layout.height + (room < 480 ? 190 : 80);
      }
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

  // saving: a figure as picture and as its numbers, a table as it stands in the language shown
  function save(content, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = `${document.body.dataset.file}-${name}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function cell(value) {
    const text = value === null || value === undefined ? "" : String(value).replace(/\s+/g, " ").trim();
    const formula = /^[=+\-@]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\n]/.test(formula) ? `"${formula.replaceAll('"', '""')}"` : formula;
  }

  function csv(rows) {
    return new Blob([BOM + rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" });
  }

  function shown(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    const lang = node.getAttribute("lang");
    if (lang && node.tagName === "SPAN" && lang !== root.dataset.lang) return "";
    const text = [...node.childNodes].map(shown).join("");
    return node.tagName === "SMALL" || node.tagName === "BR" ? ` ${text}` : text;
  }

  const said = (name) => document.body.dataset[`${name}${root.dataset.lang === "zh" ? "Zh" : "En"}`];
  const plain = (title) => String(title).replace(/<br>/g, "").replace(/<[^>]*>/g, "");

  function numbers(figure) {
    const rows = [["series", "x", "y", "low", "high"]];
    for (const trace of figure.data) {
      if (trace.hoverinfo === "skip") continue;
      const flat = trace.orientation === "h";
      trace.x.forEach((x, at) => {
        const value = flat ? Number(x) : Number(trace.y[at]);
        const bars = trace.error_x || trace.error_y;
        const extra = (trace.customdata || [])[at];
        const ends = Array.isArray(extra) && extra.every((end) => typeof end === "number") ? extra
          : bars ? [value - (bars.arrayminus || bars.array)[at], value + bars.array[at]] : ["", ""];
        rows.push([plain(trace.name || ""), plain(x), plain(trace.y[at]), ...ends]);
      });
    }
    return rows;
  }

  async function picture(chart) {
    const figure = figures[chart.dataset.figure][root.dataset.lang];
    const heading = chart.parentElement.querySelector("h3");
    const unit = ((figure.layout.title || {}).text || "");
    const layout = { ...figure.layout, width: 960, height: figure.layout.height + 90,
      margin: { ...figure.layout.margin, t: (figure.layout.margin.t || 34) + 46, b: (figure.layout.margin.b || 40) + 30 },
      title: { ...figure.layout.title, text: `<b>${shown(heading).trim()}</b><br>${unit}` },
      annotations: [...(figure.layout.annotations || []), { text: said("running"), showarrow: false, xref: "paper", yref: "paper",
        x: 0, y: 0, xanchor: "left", yanchor: "bottom", yshift: -((figure.layout.margin.b || 40) + 26), font: { size: 10, color: "#575e66" } }] };
    const url = await Plotly.toImage({ data: figure.data, layout }, { format: "png", width: 960, height: layout.height, scale: 2 });
    const bytes = Uint8Array.from(atob(url.split(",")[1]), (letter) => letter.charCodeAt(0));
    save(new Blob([bytes], { type: "image/png" }), `${chart.dataset.figure}.png`);
  }

  function button(kind, of, act) {
    const made = document.getElementById("save").content.cloneNode(true).firstElementChild;
    [...made.children].forEach((part, at) => { part.textContent = words[kind][at]; });
    made.dataset.save = kind;
    made.title = of;
    made.addEventListener("click", act);
    return made;
  }

  function offer() {
    for (const chart of charts) {
      const line = document.createElement("div");
      line.className = "saves";
      const name = chart.dataset.figure;
      line.append(button("png", name, () => picture(chart)),
        button("data", name, () => save(csv(numbers(figures[name][root.dataset.lang])), `${name}.csv`)));
      chart.parentElement.append(line);
    }
    [...document.querySelectorAll("main table")].forEach((table, at) => {
      const line = document.createElement("div");
      line.className = "saves";
      const name = `table-${at + 1}`;
      line.append(button("table", name, () => save(csv([...table.rows].map((row) => [...row.cells].map(shown))), `${name}.csv`)));
      table.after(line);
    });
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
    const today = new Date().toLocaleDateString("sv");
    const foot = `${said("running")} · ${words.printed[root.dataset.lang === "zh" ? 0 : 1]} ${today}`;
    document.getElementById("margins").textContent = `@page { @bottom-left { content: "${foot}"; } }`;
    draw(true);
  });
  window.addEventListener("afterprint", () => draw());
  offer();
  speak(memory.get() === "en" ? "en" : "zh");
})();
