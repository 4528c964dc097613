// Begins; and follows the address.

document.documentElement.classList.add("js");
readAddress();
startMatrix();
startHeat();
startCharts();
show(Object.keys(state));
addEventListener("hashchange", () => { if (readAddress()) show(Object.keys(state)); });
addEventListener("popstate", () => { if (readAddress()) show(Object.keys(state)); });
addEventListener("beforeprint", () => {
  for (const story of document.querySelectorAll("details.story")) story.open = true;
});
