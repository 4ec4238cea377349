"use strict";
// A cut is moved by mouse, finger, arrow keys or number; cells change colour at once, and the server counts them.
(() => {
  const form = document.getElementById("cuts");
  const plots = document.getElementById("plots");
  const counts = document.getElementById("counts");
  const tally = document.getElementById("tally");
  if (!form || !plots || !counts) return;

  let data = read();
  let saved = snapshot();
  let waiting = null;   // the newest question that was not yet asked
  let asking = false;
  let drawnAt = "";     // the gate cuts that the plots were drawn at

  function read() { return JSON.parse(document.getElementById("gates-data").textContent); }
  function field(marker) { return document.getElementById(`cut-${marker}`); }
  function markers() { return Object.keys(data.cuts); }
  function snapshot() { return JSON.stringify(markers().map((marker) => field(marker).value.trim())); }

  // Where a marker is cut now: as typed, else by the recipe; null where there is no number.
  function value(marker) {
    const text = field(marker).value.trim();
    if (!text) return data.cuts[marker].free;
    const number = Number(text);
    return Number.isFinite(number) ? number : null;
  }

  // Where its line stands: what is typed and is no number does not move it.
  function standing(marker) { return value(marker) ?? data.cuts[marker].free ?? data.cuts[marker].low; }

  function shareOf(values, at) {
    const last = values.length - 1;
    if (at <= values[0]) return 0;
    if (at >= values[last]) return 1;
    let low = 0, high = last;
    while (high - low > 1) { const middle = (low + high) >> 1; if (values[middle] <= at) low = middle; else high = middle; }
    return (low + (at - values[low]) / (values[high] - values[low])) / last;
  }
  function valueAt(values, share) {
    const place = Math.min(Math.max(share, 0), 1) * (values.length - 1), low = Math.min(Math.floor(place), values.length - 2);
    return values[low] + (place - low) * (values[low + 1] - values[low]);
  }
  // To four figures, so that what is dragged can be typed.
  function rounded(at) { return Number(at.toPrecision(4)); }
  function shown(at) { return Math.abs(at) >= 1000 ? Math.round(at).toLocaleString("en-GB") : String(rounded(at)); }

  function axisOf(line) { return data.axes[line.closest("[data-plot]").dataset.plot][line.dataset.side]; }
  function frameOf(line) { return data.frames[line.closest("svg").dataset.frame]; }

  function place(line) {
    const at = value(line.dataset.marker);
    if (at === null || at === undefined) return;
    const frame = frameOf(line), share = shareOf(axisOf(line).values, at);
    const x = line.dataset.side === "x" ? frame.left + share * (frame.right - frame.left) : 0;
    const y = line.dataset.side === "y" ? frame.bottom - share * (frame.bottom - frame.top) : 0;
    line.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
    const placed = field(line.dataset.marker).value.trim() !== "";
    line.classList.toggle("placed", placed);
    line.querySelector(".at").textContent = shown(at);
    if (line.hasAttribute("role")) {
      line.setAttribute("aria-valuenow", String(at));
      line.setAttribute("aria-valuetext", `${shown(at)}${placed ? "" : ", automatic"}`);
    }
  }

  // Colour every single cell by the compartment that it is in at these cuts.
  function colour() {
    const { markers: named, values } = data.cells;
    if (!named.length) return;
    const column = Object.fromEntries(named.map((marker, n) => [marker, values[n]]));
    const rules = data.rules.filter(([, rule]) => rule.length && rule.every(([marker]) => column[marker] && value(marker) !== null));
    const tests = rules.map(([role, rule]) => [role, rule.map(([marker, side]) => [column[marker], value(marker), side])]);
    const roles = new Array(values[0].length);
    for (let n = 0; n < roles.length; n += 1) {
      const found = tests.find(([, rule]) => rule.every(([of, cut, side]) => (of[n] >= cut) === (side > 0)));
      roles[n] = found ? found[0] : "other";
    }
    for (const group of plots.querySelectorAll("svg .cells")) {
      const axes = data.axes[group.closest("[data-plot]").dataset.plot];
      if (!group.children.length || !axes.x || !axes.y) continue;
      const places = dots(group, axes, column);
      const paths = {};
      for (let n = 0; n < roles.length; n += 1) paths[roles[n]] = (paths[roles[n]] || "") + places[n];
      for (const path of group.children) path.setAttribute("d", paths[path.dataset.role] || "");
    }
  }
  const kept = new WeakMap();
  function dots(group, axes, column) {
    if (!kept.has(group)) {
      const frame = data.frames.full, wide = frame.right - frame.left, high = frame.bottom - frame.top;
      const x = column[axes.x.marker], y = column[axes.y.marker];
      kept.set(group, x.map((at, n) => {
        const a = frame.left + shareOf(axes.x.values, at) * wide, b = frame.bottom - shareOf(axes.y.values, y[n]) * high;
        return `M${a.toFixed(1)} ${b.toFixed(1)}h0`;
      }));
    }
    return kept.get(group);
  }

  let frame = 0;
  function redraw() {
    if (frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      for (const line of plots.querySelectorAll(".cut")) place(line);
      for (const button of form.querySelectorAll("[data-back]")) button.hidden = !field(button.dataset.back).value.trim();
      colour();
    });
  }

  function question() {
    const asked = new URLSearchParams();
    for (const marker of markers()) if (field(marker).value.trim()) asked.set(`cut-${marker}`, field(marker).value.trim());
    return asked.toString();
  }
  // Cuts of the gates above the compartments: where they move, other cells are shown.
  function gatesAt() { return JSON.stringify(markers().filter((marker) => !data.inside.includes(marker)).map(value)); }

  // One question at a time, and always the newest: the counts never lag behind by more than one answer.
  async function ask(asked) {
    waiting = asked;
    if (asking) return;
    asking = true;
    counts.setAttribute("aria-busy", "true");
    while (waiting !== null) {
      const now = waiting;
      waiting = null;
      try {
        const answer = await fetch(`${data.counts}?${now}`, { headers: { "HX-Request": "true" } });
        const text = await answer.text();
        if (answer.ok) { fill(text); told(now); } else if (waiting === null) refuse(text);
      } catch { tell("The server cannot be reached. Your cuts are still here; try again in a moment."); }
    }
    asking = false;
    counts.setAttribute("aria-busy", "false");
  }
  function fill(text) {
    const open = counts.querySelector("details")?.open;
    counts.innerHTML = text;
    if (open) counts.querySelector("details").open = true;
  }
  function told(asked) {
    counts.dataset.at = asked;
    for (const above of counts.querySelectorAll("[data-above]")) {
      const control = plots.querySelector(`[data-control="${CSS.escape(above.dataset.above)}"]`);
      if (control) control.textContent = `${above.textContent} at or above the cut`;
    }
    // What a moved gate does to the automatic cuts beneath it.
    for (const cut of counts.querySelectorAll("[data-free]")) data.cuts[cut.dataset.free].free = cut.textContent ? Number(cut.textContent) : null;
    redraw();
    tally.textContent = [...counts.querySelectorAll("tbody tr[data-population]")]
      .map((row) => `${row.dataset.population} ${row.querySelector(".now").firstChild.textContent.trim()}`).join(" · ");
  }
  function refuse(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const said = page.querySelector(".faults li, .note.alarm, h1");
    tell(said ? said.textContent.trim() : "These cuts cannot be counted.");
  }
  function tell(text) { const said = document.getElementById("told"); if (said) said.textContent = text; }

  let restless = 0;
  function settle() {
    clearTimeout(restless);
    restless = setTimeout(async () => {
      if (gatesAt() === drawnAt) return;
      const focus = document.activeElement?.closest?.(".cut");
      const [plot, marker, side] = focus ? [focus.closest("[data-plot]").dataset.plot, focus.dataset.marker, focus.dataset.side] : [];
      const answer = await fetch(`${data.plots}?${question()}`, { headers: { "HX-Request": "true" } });
      if (!answer.ok || dragging) return;
      plots.innerHTML = await answer.text();
      data = read();
      drawnAt = gatesAt();
      prepare();
      if (plot) plots.querySelector(`[data-plot="${CSS.escape(plot)}"] .cut[data-marker="${CSS.escape(marker)}"][data-side="${side}"]`)?.focus();
    }, 250);
  }

  function move(marker, at, done) {
    const { low, high } = data.cuts[marker];
    field(marker).value = at === null ? "" : String(rounded(Math.min(Math.max(at, low), high)));
    redraw();
    ask(question());
    if (done) settle();
  }

  let dragging = null;
  function pointed(event, line) {
    const matrix = line.ownerSVGElement.getScreenCTM().inverse();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix), box = frameOf(line);
    const share = line.dataset.side === "x" ? (at.x - box.left) / (box.right - box.left) : (box.bottom - at.y) / (box.bottom - box.top);
    return valueAt(axisOf(line).values, share);
  }
  plots.addEventListener("pointerdown", (event) => {
    const line = event.target.closest(".cut");
    if (!line || event.button) return;
    event.preventDefault();
    dragging = line;
    line.setPointerCapture(event.pointerId);
    line.classList.add("held");
    if (line.hasAttribute("tabindex")) line.focus({ preventScroll: true });
  });
  plots.addEventListener("pointermove", (event) => {
    if (dragging) move(dragging.dataset.marker, pointed(event, dragging), false);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    plots.addEventListener(end, () => {
      if (!dragging) return;
      dragging.classList.remove("held");
      dragging = null;
      settle();
    });
  }

  // A tenth of a per cent of the axis with an arrow, ten times that with Shift or Page keys; Home and End: its ends.
  const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
  plots.addEventListener("keydown", (event) => {
    const line = event.target.closest(".cut");
    if (!line || event.ctrlKey || event.altKey || event.metaKey) return;
    const marker = line.dataset.marker, values = axisOf(line).values, at = standing(marker);
    let share;
    if (event.key in STEPS) share = shareOf(values, at) + 0.001 * STEPS[event.key] * (event.shiftKey ? 10 : 1);
    else if (event.key === "Home") share = 0;
    else if (event.key === "End") share = 1;
    else if (event.key === "Escape" || event.key === "Delete") { event.preventDefault(); move(marker, null, true); return; }
    else return;
    event.preventDefault();
    let next = valueAt(values, share);
    // Four figures can be coarser than a step: then the last figure moves by one.
    if (rounded(next) === rounded(at) && event.key in STEPS) next = rounded(at) + Math.sign(STEPS[event.key]) * 10 ** (Math.floor(Math.log10(Math.abs(at) || 1)) - 3);
    move(marker, next, true);
  });

  form.addEventListener("input", (event) => {
    if (!event.target.id?.startsWith("cut-")) return;
    redraw();
    if (markers().every((marker) => !field(marker).value.trim() || value(marker) !== null)) { ask(question()); settle(); }
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-back]");
    if (!button) return;
    move(button.dataset.back, null, true);
    field(button.dataset.back).focus();
  });
  form.addEventListener("submit", () => { saved = snapshot(); });
  window.addEventListener("beforeunload", (event) => { if (snapshot() !== saved) event.preventDefault(); });

  function prepare() {
    const met = new Set();
    for (const line of plots.querySelectorAll(".cut")) {
      const { marker, side } = line.dataset;
      if (line.closest("svg").dataset.frame === "full" && !met.has(marker)) {
        met.add(marker);
        const { low, high } = data.cuts[marker];
        const said = { role: "slider", tabindex: "0", "aria-label": `${marker} cut`, "aria-valuemin": low, "aria-valuemax": high,
          "aria-valuenow": standing(marker), "aria-orientation": side === "x" ? "horizontal" : "vertical" };
        for (const [name, text] of Object.entries(said)) line.setAttribute(name, text);
      } else line.setAttribute("aria-hidden", "true");
    }
    redraw();
  }
  document.documentElement.classList.add("moves");
  drawnAt = gatesAt();
  prepare();
  told(question());
})();
