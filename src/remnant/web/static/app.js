"use strict";
// What every page of the app does beyond HTML: the token goes with each request, and a refusal is said aloud.
(() => {
  const word = document.querySelector('meta[name="csrf"]');
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF"] = word.content;
  });

  function tell(text) {
    const told = document.getElementById("told");
    if (told && told.textContent !== text) told.textContent = text;
  }
  const UNREACHABLE = "The server cannot be reached. What you typed is still here; try again in a moment.";

  // Who logs in again in another window has another word: the forms of this one learn it, and nothing typed is lost.
  async function visit() {
    const answer = await fetch("/api/v1/session");
    if (answer.status === 401) ended();
    if (!answer.ok) return answer.status;
    word.content = (await answer.json()).csrf;
    for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = word.content;
    if (document.querySelector("#told a")) tell("");
    return answer.status;
  }
  function ended() {
    const told = document.getElementById("told");
    if (!told || told.querySelector("a")) return;
    const door = document.createElement("a");
    door.href = `/login?back=${encodeURIComponent(location.pathname)}`;
    door.target = "_blank";
    door.textContent = "Log in in another window";
    told.replaceChildren("Your log-in has ended. What you typed is still here. ", door, ", then go on here.");
  }
  // What a field has asked while it was left is answered first: cut off, it would be said to have failed.
  async function answered() {
    for (let n = 0; n < 20 && document.querySelector(".htmx-request"); n += 1) await new Promise((on) => setTimeout(on, 100));
  }
  const atTheDoor = () => document.querySelector('form[action="/login"]');
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !atTheDoor()) visit().catch(() => {});
  });

  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) return ended();
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const said = page.querySelector(".note.alarm, main .lede, h1");
    tell(said ? said.textContent.trim() : `The server answered ${event.detail.xhr.status}; nothing was changed.`);
  });
  document.addEventListener("htmx:sendError", () => tell(UNREACHABLE));

  // Where the pages stand in one line, that of this page is in sight.
  for (const here of document.querySelectorAll("nav.side [aria-current]")) {
    const line = here.closest("ul");
    line.scrollLeft = here.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
  }

  // A form that was refused begins at the first field to mend; a draft has many, and begins at its top.
  const first = document.querySelector('main form:not(#desk) [aria-invalid="true"]');
  if (first) first.focus();

  // A button is pressed once: the second click of a double click is no second row. And a form leaves its page only
  // when there is somebody to take it.
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    const again = form.matches("[hx-post], [hx-get], [data-again]");
    if (form.dataset.sent === "known") { form.dataset.sent = "yes"; return; }
    if (form.dataset.sent === "asking" || (form.dataset.sent && !again)) { event.preventDefault(); return; }
    const method = button?.getAttribute("formmethod") || form.getAttribute("method");
    if (event.defaultPrevented || method !== "post" || form.matches("[hx-post]") || form === atTheDoor()) {
      form.dataset.sent = "yes";
      return;
    }
    event.preventDefault();
    form.dataset.sent = "asking";
    let status = 0;
    try { status = await visit(); } catch { tell(UNREACHABLE); }
    delete form.dataset.sent;
    if (!status || status === 401) return;
    form.dataset.sent = "asking";
    await answered();
    form.dataset.sent = "known";
    form.requestSubmit(button);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
