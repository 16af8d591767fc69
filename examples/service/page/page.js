"use strict";

const $ = id => document.getElementById(id);
const pad = $("pad"), pen = pad.getContext("2d", { willReadFrequently: true });

let key = "";        // the API key, kept in this page only
let model = null;    // what is asked: its name and what it takes
let asked = 0;       // pictures, so that a late answer does not replace a newer one
const times = [];    // of the answers, in milliseconds

// Refusal is an error whose message is for people.
class Refusal extends Error {}

const words = {
  408: "The picture took too long to arrive.",
  413: "This picture is too large for the server.",
  429: "That was more than this key may ask in a second. Try again in a moment.",
  503: "The server has too much to do, or is about to stop. Try again in a moment.",
  504: "The answer took too long.",
};

// call asks the server and returns its answer, or throws a Refusal.
async function call(path, options = {}) {
  const headers = { ...options.headers };
  if (key) headers.Authorization = "Bearer " + key;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new Refusal("The server does not answer. Does it still run?");
  }
  if (response.ok) return response.json();
  if (response.status === 401) {
    $("key-form").hidden = false;
    throw new Refusal(key ? "The server does not know this key." : "The server wants an API key; enter one above.");
  }
  const said = await response.json().then(body => body.error, () => "");
  throw new Refusal(words[response.status] || said || "The server answered with status " + response.status + ".");
}

function showError(error) {
  $("error").hidden = !error;
  $("best").hidden = error && !$("bars").children.length;
  $("error").textContent = !error ? "" : error instanceof Refusal ? error.message : "This page failed: " + error.message;
}

// asking runs what a person started and shows what goes wrong.
async function asking(work) {
  try {
    await work();
  } catch (error) {
    clearAnswer();
    showError(error);
  }
}

// classify asks the model about a picture, a PNG or JPEG.
async function classify(picture) {
  if (!model) throw new Refusal("There is no model to ask yet.");
  if (!model.pictures) throw new Refusal("This model does not take pictures.");
  const turn = ++asked, start = performance.now();
  const answer = await call(model.path + "/classify?top=10", {
    method: "POST", headers: { "Content-Type": picture.type }, body: picture,
  });
  const took = performance.now() - start;
  if (turn !== asked) return;
  times.push(took);
  showError(null);
  showClasses(answer.classes);
  const sorted = times.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  $("latency").textContent = `Answered in ${milliseconds(took)}` +
    (times.length > 1 ? `; median of ${times.length} answers: ${milliseconds(median)}` : "") + `. Version ${answer.model_version}.`;
}

const milliseconds = ms => ms < 10 ? ms.toFixed(1) + " ms" : Math.round(ms) + " ms";
const percent = p => (100 * p).toFixed(1) + " %";
const labelOf = c => c.label || "class " + c.index;

function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

// showClasses draws a bar for each class: in the order of the classes if all are
// there, so that bars stay in their places while one draws, else the best first.
function showClasses(classes) {
  const best = classes[0];
  $("best").replaceChildren(element("strong", "", labelOf(best)), element("span", "quiet", percent(best.probability)));
  const list = classes.length < model.classes ? classes : classes.toSorted((a, b) => a.index - b.index);
  const rows = $("bars");
  while (rows.children.length > list.length) rows.lastChild.remove();
  list.forEach((c, i) => {
    let row = rows.children[i];
    if (!row) {
      row = element("li");
      const track = element("span", "track");
      track.append(element("span", "bar"));
      row.append(element("span", "label"), track, element("span", "value"));
      rows.append(row);
      row.getBoundingClientRect(); // lets the bar grow from nothing
    }
    row.className = c === best ? "first" : "";
    row.children[0].textContent = labelOf(c);
    row.querySelector(".bar").style.width = 100 * c.probability + "%";
    row.children[2].textContent = percent(c.probability);
  });
}

function clearAnswer() {
  asked++;
  $("best").replaceChildren(element("span", "quiet", "Its answer appears here."));
  $("bars").replaceChildren();
  $("latency").textContent = "";
  showError(null);
}

function clearPad() {
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, pad.width, pad.height);
  $("hint").hidden = false;
}

const png = canvas => new Promise(done => canvas.toBlob(done, "image/png"));

// take shows a picture that was dropped, pasted or chosen, and asks about it.
// What is neither PNG nor JPEG is turned into one by the browser.
async function take(file) {
  clearPad();
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    throw new Refusal((file.name || "This") + " is not a picture that the browser can read.");
  }
  $("hint").hidden = true;
  const scale = Math.min(pad.width / image.width, pad.height / image.height);
  const w = scale * image.width, h = scale * image.height;
  pen.imageSmoothingEnabled = scale < 1;
  pen.drawImage(image, (pad.width - w) / 2, (pad.height - h) / 2, w, h);
  if (file.type !== "image/png" && file.type !== "image/jpeg") {
    const copy = document.createElement("canvas");
    copy.width = image.width;
    copy.height = image.height;
    copy.getContext("2d").drawImage(image, 0, 0);
    file = await png(copy);
  }
  await classify(file);
}

// Drawing: white on black, as the digits that the network has learnt from.
let line = null, drawn = false;
function place(event) {
  const box = pad.getBoundingClientRect();
  return [(event.clientX - box.left) * pad.width / box.width, (event.clientY - box.top) * pad.height / box.height];
}
function stroke(to) {
  pen.strokeStyle = "#fff";
  pen.lineWidth = 28;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...line);
  pen.lineTo(...to);
  pen.stroke();
  line = to;
}
pad.addEventListener("pointerdown", event => {
  if (!model?.draws || event.button !== 0) return;
  pad.setPointerCapture(event.pointerId);
  if (!drawn) clearPad();
  drawn = true;
  $("hint").hidden = true;
  line = place(event);
  stroke(line);
});
pad.addEventListener("pointermove", event => {
  if (!line) return;
  for (const e of event.getCoalescedEvents?.() ?? []) stroke(place(e));
  stroke(place(event));
});
for (const end of ["pointerup", "pointercancel"]) {
  pad.addEventListener(end, () => {
    if (!line) return;
    line = null;
    asking(async () => classify(await png(pad)));
  });
}
$("clear").addEventListener("click", () => {
  drawn = false;
  clearPad();
  clearAnswer();
});

function taking(file) {
  drawn = false;
  asking(() => take(file));
}
$("file").addEventListener("change", () => {
  if ($("file").files[0]) taking($("file").files[0]);
  $("file").value = "";
});
addEventListener("paste", event => {
  const file = [...event.clipboardData.files][0];
  if (file) taking(file);
});
let over = 0; // drag events of the elements inside
addEventListener("dragenter", () => { over++; document.body.classList.add("dropping"); });
addEventListener("dragleave", () => { if (--over === 0) document.body.classList.remove("dropping"); });
addEventListener("dragover", event => event.preventDefault());
addEventListener("drop", event => {
  event.preventDefault();
  over = 0;
  document.body.classList.remove("dropping");
  const file = event.dataTransfer.files[0];
  if (file) taking(file);
  else showError(new Refusal("That was not a file. Save the picture first, then drop it here."));
});

// choose asks what a model takes, and shows it.
async function choose(name) {
  const path = "v2/models/" + encodeURIComponent(name);
  const about = await call(path);
  const shape = about.inputs[0].shape, out = about.outputs[0].shape;
  model = {
    name, path, classes: out.at(-1), draws: false,
    pictures: about.inputs.length === 1 && shape.length === 4 && (shape[1] === 1 || shape[1] === 3) && out.length === 2,
  };
  model.draws = model.pictures && shape[1] === 1;
  $("name").textContent = document.title = name;
  $("ask-title").textContent = model.draws ? "Draw, or show a picture" : "Show a picture";
  $("hint").textContent = model.draws ? "draw here" : model.pictures ? "drop a picture" : "no pictures";
  pad.classList.toggle("drawing", model.draws);
  drawn = false;
  clearPad();
  clearAnswer();
  if (!model.pictures) {
    showError(new Refusal(`This model takes ${about.inputs.map(i => `“${i.name}” of shape [${i.shape.join(", ")}]`).join(" and ")}, not pictures. Ask it with curl: ${location.origin}/${path}/infer`));
  }
}

// showExamples shows the digits that the program drew, if it did.
async function showExamples() {
  const count = await fetch("examples").then(r => r.json());
  for (let i = 0; i < count; i++) {
    const blob = await fetch("examples/" + i).then(r => r.blob());
    const button = element("button"), image = element("img");
    image.src = URL.createObjectURL(blob);
    image.alt = "Example: a " + i;
    button.type = "button";
    button.append(image);
    button.addEventListener("click", () => taking(blob));
    $("examples").append(button);
  }
  $("examples").hidden = count === 0;
}

const number = (x, digits) => x === null ? "–" : x.toFixed(x < 10 ? digits : 0);

// showLive shows the numbers of the server, and which models there are.
function showLive(models) {
  const names = models.map(m => m.name), select = $("models");
  if ([...select.options].map(o => o.value).join() !== names.join()) {
    select.replaceChildren(...names.map(n => new Option(n, n, false, n === model?.name)));
    $("choice").hidden = names.length < 2;
  }
  const now = models.find(m => m.name === model?.name);
  if (!now) return;
  $("version").textContent = "version " + now.version;
  $("rate").textContent = number(now.requests_per_second, 1);
  $("p50").textContent = now.p50_ms === null ? "–" : milliseconds(now.p50_ms);
  $("batch").textContent = number(now.batch, 1);
  $("queue").textContent = number(now.queue, 0);
}
$("models").addEventListener("change", () => asking(async () => { await choose($("models").value); await refresh(); }));

async function refresh() {
  const { models } = await call("live");
  if (!models.some(m => m.name === model?.name) && models.length) await choose(models[0].name);
  showLive(models);
}

let lost = false; // sight of the server
async function poll() {
  if (!document.hidden && $("key-form").hidden) {
    try {
      await refresh();
      if (lost) showError(null);
      lost = false;
    } catch (error) {
      if (!lost) showError(error);
      lost = true;
    }
  }
  setTimeout(poll, 2000);
}

$("key-form").addEventListener("submit", event => {
  event.preventDefault();
  key = $("key").value.trim();
  $("key-form").hidden = true;
  asking(async () => { showError(null); await refresh(); });
});

clearPad();
poll();
asking(showExamples);
