// Charts are drawn when they come near the screen, for the width there is and the light of the reader.
// A single view fits itself; panels that share an axis get one width, less the room of their labels.
function fit(spec, width) {
  if (spec.vconcat) spec.vconcat.forEach((panel) => fitPanel(panel, Math.max(160, width - 108)));
  else if (spec.concat) {
    spec.columns = Math.max(1, Math.min(spec.columns, Math.floor(width / 300)));
    if (spec.columns === 1) spec.concat.forEach((panel) => { panel.width = Math.min(panel.width, width - 70); });
  } else if (spec.facet) {
    spec.columns = Math.max(1, Math.min(spec.columns, Math.floor(width / 220)));
    spec.spec.width = Math.max(120, Math.floor((width - 60) / spec.columns) - 30);
  } else {
    spec.width = width;
    spec.autosize = { type: "fit-x", contains: "padding" };
  }
}
function fitPanel(panel, width) {
  if (panel.vconcat) panel.vconcat.forEach((part) => fitPanel(part, width));
  else panel.width = width;
}

function dress(spec, width, nightly) {
  const { datasets, ...rest } = spec;
  const shade = (colour) => night[colour] ?? colour;
  let text = JSON.stringify(rest);
  if (nightly) text = text.replace(/"#[0-9a-f]{6}"/g, (colour) => `"${shade(colour.slice(1, -1))}"`);
  const dressed = { ...JSON.parse(text), datasets };
  if (nightly) {
    for (const rows of Object.values(datasets))
      for (const row of rows)
        for (const name of ["fill", "ink"]) if (name in row) row[name] = shade(row[name]);
  }
  fit(dressed, width);
  return dressed;
}

// Nothing of a study's is evaluated as a program (ast), and no style is written into the page.
async function embed(box, spec, renderer, nightly) {
  await library();
  return vegaEmbed(box, spec, {
    ast: true, actions: false, renderer, defaultStyle: false,
    tooltip: { theme: nightly ? "dark" : "light", disableDefaultStyle: true },
  });
}

const views = new Map();
const closed = (figure) => figure.closest("details:not([open])");
async function draw(figure) {
  const box = figure.querySelector(".plot");
  const width = Math.floor(box.clientWidth);
  const nightly = dark.matches && !document.body.classList.contains("for-paper");
  if (!width || closed(figure) || figure.dataset.drawn === `${width} ${nightly}`) return;
  figure.dataset.drawn = `${width} ${nightly}`;
  figure.toggleAttribute("data-night", nightly);
  try {
    const spec = dress(await chartOf(figure), width, nightly);
    // Drawn aside and then put in place. Name and description are those of the box: marks one by one are no
    // way to read a figure.
    const sheet = document.createElement("div");
    const made = await embed(sheet, spec, figure.dataset.renderer ?? "svg", nightly);
    sheet.setAttribute("aria-hidden", "true");
    box.replaceChildren(sheet);
    views.get(figure)?.finalize();
    views.set(figure, made);
    box.style.minHeight = "";
  } catch (error) {
    box.classList.add("failed");
    box.textContent = "This figure could not be drawn in this browser; its numbers are in the tables.";
    console.error(error);
  }
}
const figures = [];
const near = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) if (isIntersecting) draw(target);
}, { rootMargin: "600px 0px" });
// Text first: a chart that is at hand at once would keep the page blank for as long as it takes to draw.
const painted = new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
function watch(place) {
  for (const figure of place.querySelectorAll("figure[data-chart]")) {
    figure.querySelector(".plot").style.minHeight = `${figure.dataset.room}px`;
    figures.push(figure);
    painted.then(() => near.observe(figure));
  }
}
watch(document);

// The rest is drawn while nobody waits, so that a printed page has its figures; closed drawers stay closed.
const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 60));
function drawRest() {
  const next = figures.find((figure) => !figure.dataset.drawn && !closed(figure) && figure.querySelector(".plot").clientWidth);
  if (next) idle(() => draw(next).then(drawRest));
}
addEventListener("load", () => setTimeout(() => idle(drawRest), 400));

let waiting;
function redraw() {
  clearTimeout(waiting);
  waiting = setTimeout(() => figures.forEach((figure) => { if (figure.dataset.drawn) draw(figure); }), 150);
}
addEventListener("resize", redraw);
dark.addEventListener("change", redraw);
