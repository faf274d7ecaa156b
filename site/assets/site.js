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

// On a phone a diagram from left to right is too small to read: there it goes from top to bottom.
if (matchMedia("(max-width: 48em)").matches) {
  document.querySelectorAll("pre.mermaid").forEach((pre) => {
    const code = pre.querySelector("code") || pre;
    code.textContent = code.textContent.replace(/^\s*(flowchart|graph) LR/, "$1 TB");
  });
}
