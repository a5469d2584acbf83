for (const button of document.querySelectorAll("[data-speak]")) button.addEventListener("click", () => {
  document.documentElement.dataset.lang = button.dataset.speak;
  document.documentElement.lang = button.dataset.speak === "zh" ? "zh-CN" : "en";
  for (const one of document.querySelectorAll("[data-speak]")) one.setAttribute("aria-pressed", String(one === button));
});
