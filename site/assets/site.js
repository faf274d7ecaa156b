// Names for what the theme leaves without one, so that a screen reader can tell them apart.
(() => {
  let blocks = 0;
  const label = () => {
    document.querySelectorAll(".md-search[role=dialog]:not([aria-label])")
      .forEach((dialog) => dialog.setAttribute("aria-label", "Search"));
    document.querySelectorAll("nav.md-code__nav:not([aria-label])")
      .forEach((nav) => nav.setAttribute("aria-label", `Code block ${++blocks}`));
  };
  document.addEventListener("DOMContentLoaded", () => {
    label();
    new MutationObserver(label).observe(document.body, { childList: true, subtree: true });
  });
})();
