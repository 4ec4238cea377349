"use strict";
// Text and tables are plain HTML. Charts are packed below the page and drawn when they come near the screen.
(() => {
  const night = JSON.parse(document.getElementById("night").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const printing = matchMedia("print");
  const once = (work) => { let kept; return () => (kept ??= work()); };

  async function unpack(id) {
    const packed = atob(document.getElementById(id).textContent.trim());
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  const library = once(async () => {
    const script = document.createElement("script");
    script.textContent = await unpack("library");
    document.head.append(script);
  });
  const groups = new Map();
  function group(id) {
    if (!groups.has(id)) groups.set(id, unpack(`charts-${id}`).then(JSON.parse));
    return groups.get(id);
  }

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
  function rows(columns) {
    const names = Object.keys(columns);
    return (columns[names[0]] ?? []).map((_, n) => Object.fromEntries(names.map((name) => [name, columns[name][n]])));
  }

  // All tubes are drawn by one template: what differs is put in its slots.
  async function whole(spec) {
    if (!spec.template) return spec;
    const template = (await group("templates"))[spec.template];
    const { description, datasets } = spec;
    return { ...template, description, datasets, concat: spec.slots.map((slots) => fillSlots(template.concat[0], slots)) };
  }
  function fillSlots(part, slots) {
    if (typeof part === "string") return Object.hasOwn(slots, part) ? slots[part] : part;
    if (Array.isArray(part)) return part.map((item) => fillSlots(item, slots));
    if (!part || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([name, item]) => [name, fillSlots(item, slots)]));
  }

  function dress(spec, width) {
    let text = JSON.stringify(spec);
    if (dark.matches && !printing.matches)
      text = text.replace(/"#[0-9a-f]{6}"/g, (colour) => `"${night[colour.slice(1, -1)] ?? colour.slice(1, -1)}"`);
    const dressed = JSON.parse(text);
    for (const [name, columns] of Object.entries(dressed.datasets)) dressed.datasets[name] = rows(columns);
    fit(dressed, width);
    return dressed;
  }

  const views = new Map();
  const closed = (figure) => figure.closest("details:not([open])");
  async function draw(figure) {
    const box = figure.querySelector(".plot");
    const width = Math.floor(box.clientWidth);
    if (!width || closed(figure) || figure.dataset.drawn === `${width} ${dark.matches}`) return;
    figure.dataset.drawn = `${width} ${dark.matches}`;
    figure.toggleAttribute("data-night", dark.matches);
    try {
      const [specs] = await Promise.all([group(figure.dataset.group), library()]);
      const spec = dress(await whole(specs[figure.dataset.chart]), width);
      views.get(figure)?.finalize();
      views.set(figure, await vegaEmbed(box, spec, {
        ast: true, actions: false, renderer: figure.dataset.renderer ?? "svg",
        tooltip: { theme: dark.matches ? "dark" : "light" },
      }));
      describe(box.querySelector("svg"), spec.description, figure.dataset.title);
    } catch (error) {
      box.classList.add("failed");
      box.textContent = "This figure could not be drawn in this browser; its numbers are in the tables.";
      console.error(error);
    }
  }
  function describe(svg, description, title) {
    if (!svg) return;
    for (const [name, words] of [["desc", description], ["title", title]]) {
      const element = document.createElementNS("http://www.w3.org/2000/svg", name);
      element.textContent = words;
      svg.prepend(element);
    }
  }

  // A drawer is filled when it is opened: the rules and gates of a study are most of its words.
  async function fill(drawer) {
    const box = drawer.querySelector(".drawer");
    if (box.dataset.filled) return;
    box.dataset.filled = "yes";
    box.innerHTML = (await group(drawer.dataset.group))[Number(drawer.dataset.drawer)];
    box.querySelectorAll("figure[data-chart]").forEach((figure) => { figures.push(figure); near.observe(figure); });
  }
  document.addEventListener("toggle", async (event) => {
    if (!event.target.open) return;
    if (event.target.dataset.drawer) await fill(event.target);
    event.target.querySelectorAll("figure[data-chart]").forEach(draw);
  }, true);

  const figures = [...document.querySelectorAll("figure[data-chart]")];
  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      target.dataset.near = isIntersecting ? "yes" : "";
      if (isIntersecting) draw(target);
    }
  }, { rootMargin: "600px 0px" });
  figures.forEach((figure) => near.observe(figure));

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

  document.addEventListener("mouseover", (event) => {
    const cell = event.target.closest?.("td");
    const source = cell?.querySelector(".source");
    if (source && !cell.title) cell.title = `Read from ${source.textContent}`;
  });

  // Finding a patient, showing sources, marking the place.
  const search = document.getElementById("search");
  const links = [...document.querySelectorAll("nav .patients a")];
  search?.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const link of links) link.parentElement.hidden = !link.textContent.toLowerCase().includes(wanted);
  });
  search?.addEventListener("keydown", (event) => {
    if (event.key === "Enter") links.find((link) => !link.parentElement.hidden)?.click();
  });
  const sources = document.getElementById("sources");
  sources?.addEventListener("click", () => {
    const shown = document.body.classList.toggle("with-sources");
    sources.setAttribute("aria-pressed", String(shown));
  });
  const places = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const reading = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      for (const link of places.values()) link.removeAttribute("aria-current");
      places.get(target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  document.querySelectorAll("main > section[id]").forEach((section) => reading.observe(section));
})();
