// Text and tables are plain HTML. Charts and drawers are packed below the page, and unpacked when they are wanted.
document.documentElement.classList.add("scripted");
const night = JSON.parse(document.getElementById("night").textContent);
const words = JSON.parse(document.getElementById("columns").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const once = (work) => { let kept; return () => (kept ??= work()); };

async function unpack(id) {
  const held = document.getElementById(id);
  if (held.dataset.src) return fetched(held.dataset.src);
  const packed = atob(held.textContent.trim());
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

async function fetched(where) {
  const answer = await fetch(where);
  if (!answer.ok || answer.redirected) throw new Error(`${where}: ${answer.status}`);
  return answer.text();
}

const library = once(async () => {
  const held = document.getElementById("library");
  const script = document.createElement("script");
  if (held.dataset.src) {
    const ready = new Promise((done, failed) => { script.onload = done; script.onerror = failed; });
    script.src = held.dataset.src;
    document.head.append(script);
    return ready;
  }
  script.textContent = await unpack("library");
  document.head.append(script);
});

const groups = new Map();
function group(id) {
  if (!groups.has(id)) groups.set(id, unpack(`charts-${id}`).then(JSON.parse));
  return groups.get(id);
}

// What several charts have in common is held once, and named by its number where it stood.
function restored(part, common) {
  if (Array.isArray(part)) return part.map((item) => restored(item, common));
  if (!part || typeof part !== "object") return part;
  if (Object.hasOwn(part, "$")) return restored(common[part.$], common);
  return Object.fromEntries(Object.entries(part).map(([name, item]) => [name, restored(item, common)]));
}

// All tubes are drawn by one template: what differs is put in its slots.
function fillSlots(part, slots) {
  if (typeof part === "string") return Object.hasOwn(slots, part) ? slots[part] : part;
  if (Array.isArray(part)) return part.map((item) => fillSlots(item, slots));
  if (!part || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([name, item]) => [name, fillSlots(item, slots)]));
}

// A count is a letter, row by row; a place is two letters, the first as far on from the last as it says.
const letters = (text) => Array.from(text, (letter) => {
  const code = letter.codePointAt(0);
  return code - 93 - (code >= 0xe000 ? 0x800 : 0);
});
function counted({ width, letters: text }) {
  const table = { x: [], y: [], events: [] };
  letters(text).forEach((events, place) => {
    if (!events) return;
    table.x.push(place % width); table.y.push(Math.floor(place / width)); table.events.push(events);
  });
  return table;
}
function placed({ step, letters: text }) {
  const table = { x: [], y: [] };
  let x = 0;
  letters(text).forEach((value, number) => {
    if (number % 2) table.y.push((value + 0.5) / step);
    else { x += value; table.x.push((x + 0.5) / step); }
  });
  return table;
}
function columnsOf(table) {
  return typeof table.letters !== "string" ? table : table.width ? counted(table) : placed(table);
}
function rowsOf(columns) {
  const names = Object.keys(columns);
  return (columns[names[0]] ?? []).map((_, n) => Object.fromEntries(names.map((name) => [name, columns[name][n]])));
}

// The whole of a chart as it was made, with its data in rows.
async function chartOf(figure) {
  const specs = await group(figure.dataset.group);
  const { datasets, ...packed } = specs[figure.dataset.chart];
  const common = document.getElementById("charts-common") ? await group("common") : [];
  let spec = restored(packed, common);
  if (spec.template) {
    const template = restored((await group("templates"))[spec.template], common);
    spec = { ...template, description: spec.description, concat: spec.slots.map((slots) => fillSlots(template.concat[0], slots)) };
  }
  const tables = Object.entries(datasets).map(([name, table]) => [name, rowsOf(columnsOf(table))]);
  return { ...spec, datasets: Object.fromEntries(tables) };
}
