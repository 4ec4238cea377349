"use strict";
// A row answers while it is typed: after a pause its preview is asked for; a field that is wrong is marked so.

document.documentElement.classList.add("scripted");

let pause = 0;
document.addEventListener("input", (event) => {
  if (!event.target.closest("form[data-live]")) return;
  clearTimeout(pause);
  pause = setTimeout(() => document.body.dispatchEvent(new Event("said")), 350);
});

document.addEventListener("submit", () => clearTimeout(pause));

document.addEventListener("htmx:afterSwap", (event) => {
  const at = event.detail.target;
  if (!at.classList.contains("checked")) return;
  const control = document.getElementById(at.id.replace(/-at$/, ""));
  if (at.querySelector("li")) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
});

// A plan has come: go to its answer, or to the first field that needs mending.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "plan") return;
  const plan = document.getElementById("plan");
  const there = plan.querySelector('[aria-invalid="true"]') || plan.querySelector("#answer");
  if (there) there.focus();
});
