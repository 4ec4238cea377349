"use strict";
// Files dropped on a form: a folder is walked, and every file keeps its path. Without this the form works as it is.

const READ_AT_ONCE = 10000; // more files than this are no study

async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) { // a browser hands a folder out a hundred at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    found.push(...some);
  }
}

async function filesOf(entry, path, found) {
  if (found.length > READ_AT_ONCE) throw new Error(`more than ${READ_AT_ONCE} files`);
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push([path + entry.name, file]);
  } else if (entry.isDirectory) {
    for (const inner of await entriesOf(entry)) await filesOf(inner, `${path}${entry.name}/`, found);
  }
  return found;
}

function say(form, text) {
  for (const state of form.querySelectorAll("[data-drop-state]")) state.textContent = text;
}

async function send(form, found) {
  const body = new FormData(form); // what was typed goes along
  body.delete("files");
  body.set("do", "add");
  for (const [path, file] of found) body.append("files", file, path);
  say(form, `Reading ${found.length === 1 ? "one file" : `${found.length} files`} …`);
  const headers = { "X-CSRF": document.querySelector('meta[name="csrf"]').content };
  const answer = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
  if (answer === null || answer.status === 401) { // the page stays, with what was typed
    say(form, answer ? "Your log-in has ended. Log in in another window, then drop the files again." :
      "The server cannot be reached, and nothing was taken over. Try again in a moment.");
    return;
  }
  if (answer.redirected) {
    location.assign(answer.url);
    return;
  }
  // What was refused is shown as the page that says so.
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.querySelector("main");
  if (main) {
    document.querySelector("main").replaceWith(document.adoptNode(main));
    htmx.process(document.querySelector("main"));
    document.querySelector("main").focus();
  } else {
    say(form, `The server answered ${answer.status}; nothing was taken over.`);
  }
}

const over = (event) => event.target instanceof Element && event.target.closest("form[data-drop]");

document.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault(); // beside the form too: a file that misses it must not replace the page
  const form = over(event);
  event.dataTransfer.dropEffect = form ? "copy" : "none";
  if (form) form.classList.add("over");
});

document.addEventListener("dragleave", (event) => {
  const form = over(event);
  if (form && !form.contains(event.relatedTarget)) form.classList.remove("over");
});

document.addEventListener("drop", async (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  const form = over(event);
  if (!form) return;
  form.classList.remove("over");
  // The list is emptied as soon as this function waits.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
  const plain = [...event.dataTransfer.files].map((file) => [file.name, file]);
  try {
    const found = [];
    for (const entry of entries.filter(Boolean)) await filesOf(entry, "", found);
    const files = found.length ? found : plain;
    if (files.length) await send(form, files);
    else say(form, "Nothing was dropped that is a file.");
  } catch (error) {
    say(form, `This could not be read: ${error.message}. Choose the files with the buttons.`);
  }
});
