// Begins; and follows the address.

document.documentElement.classList.add("js");
readAddress();
startMatrix();
startHeat();
paintHeat();
startCharts();
showControls();
showCell(["cell"]);
for (const event of ["hashchange", "popstate"]) addEventListener(event, followAddress);
addEventListener("beforeprint", () => {
  for (const story of document.querySelectorAll("details.story")) story.open = true;
});
