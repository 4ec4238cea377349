// A drawer is filled when it is opened: the rules and gates of a study are most of its words.
async function fill(drawer) {
  const box = drawer.querySelector(".drawer");
  if (box.dataset.filled) return;
  box.dataset.filled = "yes";
  box.innerHTML = (await group(drawer.dataset.group))[Number(drawer.dataset.drawer)];
  watch(box);
}
document.addEventListener("toggle", async (event) => {
  const opened = event.target;
  if (!opened.open) return;
  if (opened.dataset.drawer) await fill(opened);
  if (opened.classList.contains("files")) await layOut(opened);
  opened.querySelectorAll("figure[data-chart]").forEach(draw);
}, true);
// What another script puts into the page says so here, and is drawn.
document.addEventListener("remnant:added", (event) => watch(event.target));
