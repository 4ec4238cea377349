// Paper has the light look, at its own width. A page prints as it stands; "Print everything" opens all that is closed first.
const settled = () => new Promise((done) => setTimeout(done, 50));
async function drawAll() {
  for (const figure of figures) await draw(figure);
}
async function openAll() {
  const opened = [];
  for (let more = true; more;) {
    const shut = [...document.querySelectorAll("details:not([open]):not(.files)")];
    more = shut.length > 0;
    for (const drawer of shut) {
      drawer.open = true;
      opened.push(drawer);
      if (drawer.dataset.drawer) await fill(drawer);
    }
  }
  return opened;
}
async function printEverything(button) {
  const label = button.textContent;
  button.textContent = "Preparing …";
  button.disabled = true;
  document.body.classList.add("for-paper");
  const opened = await openAll();
  await settled();
  await drawAll();
  print();
  document.body.classList.remove("for-paper");
  for (const drawer of opened) drawer.open = false;
  button.textContent = label;
  button.disabled = false;
  await drawAll();
}
const printer = document.getElementById("print");
printer?.addEventListener("click", () => printEverything(printer));
// By the browser's own command: what was not yet drawn is drawn, as far as the browser waits for it.
addEventListener("beforeprint", () => figures.forEach((figure) => { if (!figure.dataset.drawn) draw(figure); }));
