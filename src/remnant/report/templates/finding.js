// Finding a patient, sorting and choosing in the table of patients, showing sources, marking the place.
document.addEventListener("mouseover", (event) => {
  const cell = event.target.closest?.("td");
  const source = cell?.querySelector(".source");
  if (source && !cell.title) cell.title = `Read from ${source.textContent}`;
});
const search = document.getElementById("search");
const links = [...document.querySelectorAll("nav .patients a")];
search?.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  for (const link of links) link.parentElement.hidden = !link.textContent.toLowerCase().includes(wanted);
});
search?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") links.find((link) => !link.parentElement.hidden)?.click();
});

const roster = document.getElementById("roster");
if (roster) {
  const lines = [...roster.tBodies[0].rows];
  const finder = document.getElementById("roster-find");
  const count = document.getElementById("roster-count");
  const kinds = [...document.querySelectorAll("#roster-kinds button")];
  let kind = "";
  const choose = () => {
    const wanted = finder.value.trim().toLowerCase();
    let shown = 0;
    for (const line of lines) {
      line.hidden = !(line.textContent.toLowerCase().includes(wanted) && (!kind || line.dataset.is.split(" ").includes(kind)));
      shown += !line.hidden;
    }
    count.textContent = shown === lines.length ? "" : `${shown.toLocaleString("en-GB")} of ${lines.length.toLocaleString("en-GB")} shown`;
  };
  finder.addEventListener("input", choose);
  for (const button of kinds)
    button.addEventListener("click", () => {
      kind = button.dataset.kind;
      for (const other of kinds) other.setAttribute("aria-pressed", String(other === button));
      choose();
    });
  const keyOf = (line, place) => line.cells[place].dataset.key ?? line.cells[place].textContent;
  const compare = (one, other) => one === other ? 0 : one === "" ? 1 : other === "" ? -1
    : Number.isNaN(Number(one) + Number(other)) ? one.localeCompare(other, "en", { numeric: true }) : one - other;
  [...roster.tHead.rows[0].cells].forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of roster.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = [...lines].sort((a, b) => {
        const [one, other] = [keyOf(a, place), keyOf(b, place)];
        return compare(one, other) * (down && one !== "" && other !== "" ? -1 : 1);
      });
      roster.tBodies[0].append(...sorted);
    });
  });
}

const sources = document.getElementById("sources");
sources?.addEventListener("click", () => {
  const shown = document.body.classList.toggle("with-sources");
  sources.setAttribute("aria-pressed", String(shown));
});
for (const copy of document.querySelectorAll("button[data-copy]"))
  copy.addEventListener("click", async () => {
    const text = document.getElementById(copy.dataset.copy).textContent;
    if (copy.dataset.name) return save(new Blob([text], { type: "text/plain" }), copy.dataset.name);
    try { await navigator.clipboard.writeText(text); } catch {
      getSelection().selectAllChildren(document.getElementById(copy.dataset.copy));
      document.execCommand("copy");
    }
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  });

const places = new Map([...document.querySelectorAll("nav a[href^='#']")].map((link) => [link.hash.slice(1), link]));
const reading = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting || !places.has(target.id)) continue;
    for (const link of places.values()) link.removeAttribute("aria-current");
    places.get(target.id).setAttribute("aria-current", "true");
  }
}, { rootMargin: "-10% 0px -80% 0px" });
document.querySelectorAll("main section[id]").forEach((section) => reading.observe(section));
