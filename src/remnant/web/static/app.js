"use strict";
// What every page of the app does beyond HTML: the token goes with each request, and a refusal is said aloud.

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF"] = document.querySelector('meta[name="csrf"]').content;
});

function tell(text) {
  const told = document.getElementById("told");
  if (told) told.textContent = text;
}

document.addEventListener("htmx:responseError", (event) => {
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  const said = page.querySelector(".note.alarm, main .lede, h1");
  tell(said ? said.textContent.trim() : `The server answered ${event.detail.xhr.status}; nothing was changed.`);
});

document.addEventListener("htmx:sendError", () => {
  tell("The server cannot be reached. What you typed is still here; try again in a moment.");
});

// Where the pages stand in one line, that of this page is in sight.
for (const here of document.querySelectorAll("nav.side [aria-current]")) {
  const line = here.closest("ul");
  line.scrollLeft = here.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
}

// A form that was refused begins at the first field to mend; a draft has many, and begins at its top.
const first = document.querySelector('main form:not(#desk) [aria-invalid="true"]');
if (first) first.focus();

// A button is pressed once: the second click of a double click is no second row.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent && !form.matches("[hx-post], [hx-get], [data-again]")) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
