// Begins; and follows the address.

function showPage(keys) {
  if (!keys.includes("page") || !state.page) return;
  const article = document.getElementById(`page-${data.pages.indexOf(state.page)}`);
  if (!article) return;
  article.open = true;
  article.scrollIntoView({ block: "start" });
  article.querySelector("summary").focus({ preventScroll: true });
}

document.documentElement.classList.add("js");
readAddress();
startViews();
startMatrix();
startGroups();
startHeat();
startPresets();
startStrip();
startCurves();
startShares();
startForest();
startChange();
watchers.push(showPage, showControls);
show(Object.keys(DEFAULTS));
for (const event of ["hashchange", "popstate"]) addEventListener(event, followAddress);
let lastWidth = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === lastWidth) return;
  lastWidth = innerWidth;
  show(["chart", "kind", "line"]);
});
// On paper nothing can be opened: what is folded in this view is laid open.
addEventListener("beforeprint", () => {
  drawNow();
  for (const folded of document.querySelectorAll(".view:not([hidden]) details")) {
    if (folded.fill) folded.fill();
    folded.open = true;
  }
});
document.documentElement.dataset.ready = "yes";
