"use strict";
// Sliders and fields say the same; calendars are added, filled and removed with what was typed in the others kept.
(() => {
  const form = document.getElementById("what-if");
  if (!form) return;
  const asked = () => new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  const field = (name) => form.elements.namedItem(name);

  // A slider at its end may mean "never", which a field says by nothing.
  function follow(slider) {
    const box = document.getElementById(slider.dataset.for);
    slider.value = box.value.trim() === "" ? slider.max : box.value.replace(",", ".");
    slider.setAttribute("aria-valuetext", box.value.trim() === "" && slider.dataset.end ? slider.dataset.end : box.value);
  }
  const sliders = [...form.querySelectorAll("input[type=range]")];
  for (const slider of sliders) {
    const box = document.getElementById(slider.dataset.for);
    follow(slider);
    slider.addEventListener("input", () => {
      box.value = slider.dataset.end && slider.value === slider.max ? "" : slider.value;
      slider.setAttribute("aria-valuetext", box.value || slider.dataset.end);
    });
    box.addEventListener("input", () => follow(slider));
  }

  form.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    if (link.dataset.fill) {
      event.preventDefault();
      for (const [name, value] of Object.entries(JSON.parse(link.dataset.fill))) if (field(name)) field(name).value = value;
      sliders.forEach(follow);
      form.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (link.dataset.drop) {
      event.preventDefault();
      const kept = [...asked()].filter(([name]) => name !== link.dataset.drop && !name.startsWith(`${link.dataset.drop}.`));
      location.search = new URLSearchParams(kept).toString();
    } else if (link.dataset.add) {
      event.preventDefault();
      const all = new URLSearchParams(link.dataset.add);
      for (const [name, value] of asked()) all.set(name, value);
      location.search = all.toString();
    }
  });

  // The answer is drawn, what is wrong is said at its field, and the address is that of the question.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "answer") return;
    for (const list of form.querySelectorAll(".at")) list.replaceChildren();
    for (const box of form.querySelectorAll("[aria-invalid]")) box.removeAttribute("aria-invalid");
    for (const fault of event.target.querySelectorAll("[data-of]")) {
      const box = field(fault.dataset.of);
      if (!box) continue;
      box.setAttribute("aria-invalid", "true");
      const said = document.createElement("li");
      said.append(...[...fault.cloneNode(true).childNodes].slice(1));
      document.getElementById(`${box.id}-faults`)?.append(said);
    }
    event.target.querySelector("[data-added]")?.dispatchEvent(new CustomEvent("remnant:added", { bubbles: true }));
    history.replaceState(null, "", `?${asked()}`);
  });
})();
