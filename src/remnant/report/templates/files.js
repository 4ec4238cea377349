// Beneath each figure its data as a table and as files, all made here from what the figure was drawn of.
const SHOWN = 200;
const make = (tag, said, attributes = {}) => {
  const element = document.createElement(tag);
  if (said !== undefined) element.textContent = said;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const fileName = (figure, ending) => `${figure.dataset.group}_${figure.dataset.chart}`.replace(/[^A-Za-z0-9-]+/g, "_") + ending;

// Tables that differ by a number alone, as those of the plots of a tube, are one table.
function joined(tables) {
  const whole = {};
  for (const [name, rows] of Object.entries(tables)) {
    const numbered = name.match(/^(.*)-(\d+)$/);
    const own = numbered ? rows.map((row) => ({ plot: Number(numbered[2]) + 1, ...row })) : rows;
    const key = numbered ? numbered[1] : name;
    whole[key] = [...(whole[key] ?? []), ...own];
  }
  return Object.entries(whole).filter(([, rows]) => rows.length);
}
// What only joins two points, or marks an axis, is a table to draw by and not one to read.
const readable = ([name]) => !/(-line|^zero|^none|^median)$/.test(name);
const fieldsOf = (rows) => [...new Set(rows.flatMap(Object.keys))];

// What a spreadsheet runs as a formula gets an apostrophe, which keeps it text: by the rules of the exported CSV.
// A beginning is taken whole, whether or not a sign follows: so that one pass is enough, whatever the text is.
const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?%?$/;
const FIRST = /^([\s"\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]*)('*[=+\-@\uff1d\uff0b\uff0d\uff20])?/;
const LATER = new RegExp(FIRST.source.replace("^([", '([;|\\t\\r\\n]['), "g");
function defused(text) {
  if (NUMBER.test(text)) return text;
  const mended = (all, start, sign) => sign ? `${start}'${sign}` : all, head = FIRST.exec(text)[0];
  return head.replace(FIRST, mended) + text.slice(head.length).replace(LATER, mended);
}
function written(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? defused(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
function csv(rows) {
  const fields = fieldsOf(rows);
  return [fields, ...rows.map((row) => fields.map((field) => row[field]))].map((row) => row.map(written).join(",") + "\r\n").join("");
}
function save(content, name) {
  const link = make("a", "", { download: name });
  link.href = typeof content === "string" ? content : URL.createObjectURL(content);
  link.click();
  if (link.href.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A figure for a paper is drawn anew, light and on white, as wide as it stands on the page.
async function onPaper(figure, take) {
  const chart = await chartOf(figure);
  const wide = Math.max(640, Math.floor(figure.querySelector(".plot").clientWidth));
  const spec = dress({ ...chart, config: { ...chart.config, background: "white" } }, wide, false);
  const { view } = await embed(document.createElement("div"), spec, "none", false);
  const taken = await take(view, spec);
  view.finalize();
  return taken;
}
async function saveSvg(figure) {
  const said = (text) => make("p", text).innerHTML;
  const drawing = await onPaper(figure, async (view, spec) => (await view.toSVG()).replace(
    /^<svg[^>]*>/, (start) => `${start}<title>${said(figure.dataset.title)}</title><desc>${said(spec.description)}</desc>`));
  save(new Blob([drawing], { type: "image/svg+xml" }), fileName(figure, ".svg"));
}
const savePng = async (figure) => save(await onPaper(figure, (view) => view.toImageURL("png", 2)), fileName(figure, ".png"));

function shownValue(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value !== "number") return String(value);
  return value.toLocaleString("en-GB", Number.isInteger(value) ? {} : { maximumSignificantDigits: 4 }).replace("-", "−");
}
function tableOf(name, rows) {
  const fields = fieldsOf(rows).filter((field) => !words.aids.includes(field));
  const number = (field) => rows.every((row) => typeof (row[field] ?? 0) === "number");
  const table = make("table");
  const rest = rows.length > SHOWN ? ` The first ${SHOWN} of ${rows.length.toLocaleString("en-GB")} rows; the file has all.` : "";
  table.append(make("caption", `${words.tables[name] ?? name.replaceAll(/[-_]/g, " ")}.${rest}`));
  const head = table.createTHead().insertRow();
  for (const field of fields) head.append(make("th", words.fields[field] ?? field.replaceAll("_", " "), { scope: "col", class: number(field) ? "number" : "" }));
  const body = table.createTBody();
  for (const row of rows.slice(0, SHOWN)) {
    const line = body.insertRow();
    for (const field of fields) line.append(make("td", shownValue(row[field]), { class: number(field) ? "number" : "" }));
  }
  const box = make("div", undefined, { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table, may be scrolled" });
  box.append(table);
  return box;
}
function button(label, work) {
  const made = make("button", label, { type: "button" });
  made.addEventListener("click", work);
  return made;
}
// A page that is served names where it has the files of each figure; one that stands alone says how to write them.
const served = JSON.parse(document.getElementById("served")?.textContent ?? "{}");
function elsewhere(figure) {
  const where = served[`${figure.dataset.group}/${figure.dataset.chart}`];
  const hint = make("p", where ? "Made by the server, for a paper: " : "A PDF, and every figure at once: ", { class: "notice" });
  if (!where) hint.append(make("code", "remnant report RESULTS --figures DIR"));
  else for (const ending of ["svg", "png", "pdf", "csv"])
    hint.append(make("a", ending.toUpperCase(), { href: `${where}.${ending}`, download: "" }), " ");
  return hint;
}
async function layOut(panel) {
  const box = panel.querySelector(".contents");
  if (box.childElementCount) return;
  const figure = panel.closest("figure");
  const { datasets } = await chartOf(figure);
  const tables = joined(datasets).filter(readable);
  const row = make("p", undefined, { class: "buttons" });
  row.append(button("Save SVG", () => saveSvg(figure)), " ", button("Save PNG", () => savePng(figure)));
  for (const [name, rows] of tables)
    row.append(" ", button(tables.length > 1 ? `Save CSV: ${name.replaceAll(/[-_]/g, " ")}` : "Save CSV",
      () => save(new Blob([csv(rows)], { type: "text/csv" }), fileName(figure, tables.length > 1 ? `.${name}.csv` : ".csv"))));
  box.append(row, elsewhere(figure), ...tables.map(([name, rows]) => tableOf(name, rows)));
}
