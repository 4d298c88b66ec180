// The form keeps its own draft (this browser tab), follows the presets, and starts runs.
const KEY = "ai-mpox-train-form";
const OTHER = "other";
const form = () => element.querySelector("form.train");
const field = (name) => form().elements[name];
const kind = () => field("init_kind").value;
const backbone = () =>
  field("backbone").value === OTHER ? field("backbone_name").value.trim() : field("backbone").value;
const presetFields = () => [...form().querySelectorAll("[data-type]")];

const leaks = () => field("split").value !== "patient" || field("folds_by").value !== "patient";

const collect = () => {
  const settings = { preset: field("preset").value, backbone: backbone() };
  settings.init = kind() === "file" ? field("init_path").value.trim() : kind();
  for (const input of presetFields()) {
    const type = input.dataset.type;
    if (type === "optional") settings[input.name] = input.value === "" ? null : Number(input.value);
    else if (type === "text") settings[input.name] = input.value;
    else if (input.value !== "") settings[input.name] = Number(input.value);
  }
  return {
    settings,
    split: field("split").value,
    fold: Number(field("fold").value) || 1,
    allow_leak: leaks() && field("allow_leak").checked,
    folds_by: field("folds_by").value,
    cv_folds: Number(field("cv_folds").value),
    everything: field("everything").checked,
    trials: Number(field("trials").value),
    as_of: field("as_of").value,
    who: panel.who(),
  };
};

const follow = () => {
  const table = kind() === "random" ? "random" : "imagenet";
  const words = JSON.parse(form().dataset.words)[table];
  form().querySelectorAll(".preset").forEach((card) => {
    card.querySelector("span").textContent = words[card.querySelector("input").value][1];
  });
  form().querySelector(".other").hidden = field("backbone").value !== OTHER;
  form().querySelector(".path").hidden = kind() !== "file";
  form().querySelector(".hint").textContent =
    form().querySelector("[name=init_kind]:checked").dataset.hint;
  form().querySelector(".leak").hidden = !leaks();
  field("cv_folds").disabled = field("folds_by").value === "authors";
  form().querySelector(".fold").hidden = field("split").value !== "author";
  field("balance_target").disabled = field("balance").value !== "augmentation";
};

// What a person has set by hand, and the plan last taken from Balance: presets leave both alone.
let edited = new Set();
let taken = "";

const presetValues = () => {
  const table = JSON.parse(form().dataset.presets)[kind() === "random" ? "random" : "imagenet"];
  return table[field("preset").value];
};

// The size of pictures goes with the network, whatever the preset.
const takePreset = () => {
  const values = presetValues();
  for (const input of presetFields()) {
    const own = edited.has(input.name) || (input.name === "image_size" && input.value);
    if (!own) input.value = values[input.name] ?? "";
  }
  sayKept();
};

const sayKept = () => {
  const values = presetValues();
  const kept = presetFields().filter(
    (one) => edited.has(one.name) && one.value !== String(values[one.name] ?? ""));
  const names = kept.map((one) => one.closest("label").firstChild.textContent.trim());
  form().querySelector(".kept").hidden = !names.length;
  form().querySelector(".kept span").textContent = `Kept as you set it: ${names.join("; ")}.`;
};

const takePlan = () => {
  const found = localStorage.getItem("ai-mpox-balance");
  if (!found || found === taken) return false;
  const plan = JSON.parse(found);
  taken = found;
  field("balance").value = plan.method;
  field("balance_target").value = plan.target ?? "";
  edited.add("balance").add("balance_target");
  takePreset();
  return true;
};

const problem = (place, failure) => {
  const box = form().querySelector(place);
  box.hidden = !failure;
  box.textContent = failure ? [failure.message, failure.hint].filter(Boolean).join(" ") : "";
};

const store = () => {
  const draft = { edited: [...edited], plan: taken };
  for (const input of form().elements) {
    if (!input.name || (input.type === "radio" && !input.checked)) continue;
    // A leak is accepted for one run, not for those to come.
    if (input.name === "allow_leak") continue;
    draft[input.name] = input.type === "checkbox" ? input.checked : input.value;
  }
  sessionStorage.setItem(KEY, JSON.stringify(draft));
};

// A network comes with the size of pictures that it was made for.
const describe = ({ network }) => {
  form().querySelector(".facts").innerHTML = network ? network.facts : "";
  if (!network) return;
  if (field("image_size").value === "") {
    field("image_size").value = network.own_size;
    store();
  }
};

const sayTime = ({ estimate }) => {
  form().querySelector(".time").textContent = estimate ? estimate.words : "";
};

const MEASURED_MS = 1500;
const LATER_MS = 5000;
let timer = null;
let asked = 0;
let told = "";
// `again`: nobody has changed anything, so what a start was refused for stays where it is.
const take = (sent, answer, again = false) => {
  describe(answer);
  sayTime(answer);
  problem("[data-for=network]", answer.unknown || null);
  problem("[data-for=init]", answer.init || null);
  form().querySelector(".fetch").hidden = !answer.fetch;
  if (!again) problem(".problem:not([data-for])", answer.error || null);
  const now = JSON.stringify(sent);
  if (!answer.error && answer.network && !(again && told === now)) {
    told = now;
    trigger("checked", sent);
  }
  waitFor(answer);
};
const check = () => {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const sent = collect();
    const mine = ++asked;
    // Somebody is about to type a name.
    if (!sent.settings.backbone) return describe({});
    const answer = await server.check(sent);
    // A newer question, or a start, will be answered by itself.
    if (mine !== asked) return;
    if (answer) take(sent, answer);
    else recheck(LATER_MS);
  }, 250);
};
// What is not known yet is asked for again by itself.
const recheck = (after) => {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (!form()) return;
    if (!element.offsetParent || document.hidden) return recheck(LATER_MS);
    const sent = collect();
    const mine = ++asked;
    let answer = null;
    try {
      answer = await server.check(sent);
    } catch {
      // A dashboard that does not answer now is asked again, too.
    }
    if (mine !== asked) return;
    if (answer) take(sent, answer, true);
    else recheck(LATER_MS);
  }, after);
};
const waitFor = ({ network, estimate }) => {
  if (network?.measuring || estimate?.measuring) recheck(MEASURED_MS);
  else if (estimate?.later) recheck(LATER_MS);
};

const restore = () => {
  if (!form() || form().dataset.ready) return;
  form().dataset.ready = "yes";
  const draft = JSON.parse(sessionStorage.getItem(KEY) || "{}");
  edited = new Set(draft.edited || []);
  taken = draft.plan || "";
  takePreset();
  for (const [name, value] of Object.entries(draft)) {
    const input = field(name);
    if (!input) continue;
    if (input.type === "checkbox") input.checked = value;
    else input.value = value;
  }
  sayKept();
  if (takePlan()) store();
  follow();
  check();
};

element.addEventListener("change", (event) => {
  if (!form() || !event.target.name) return;
  const { name } = event.target;
  if (event.target.dataset.type && name !== "image_size") edited.add(name);
  if (name === "preset" || name === "init_kind") takePreset();
  else sayKept();
  if (name === "backbone" || name === "backbone_name") field("image_size").value = "";
  if (name === "backbone" && event.target.value === OTHER) setTimeout(() => field("backbone_name").focus());
  follow();
  store();
  check();
});
// Says at once what is done; nothing else can be started until that is answered.
const begin = async (start) => {
  const buttons = [...form().querySelectorAll("[type=submit]")];
  const words = start.textContent;
  buttons.forEach((one) => (one.disabled = true));
  start.textContent = kind() === "imagenet" ? "Looking for the weights…" : "Starting…";
  problem(".problem:not([data-for])", null);
  try {
    const answer = await server.begin({ ...collect(), mode: start.dataset.mode || "" });
    if (answer) return answer;
  } catch {
    // The same as no answer: Gradio mostly hands on a lost connection as none.
  } finally {
    start.textContent = words;
    buttons.forEach((one) => (one.disabled = false));
    start.focus({ preventScroll: true });
  }
  const message = "The dashboard did not answer, so this is not known to be started.";
  return { error: { message, hint: "Look at the runs below before you try again." } };
};
let starting = false;
element.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (starting) return;
  starting = true;
  clearTimeout(timer);
  asked += 1;
  const answer = await begin(event.submitter || form().querySelector("[type=submit]"));
  starting = false;
  problem(".problem:not([data-for])", answer.error || null);
  recheck(MEASURED_MS);
  if (answer.error) form().querySelector(".problem:not([data-for])").scrollIntoView({ block: "nearest" });
  if (!answer.run) return;
  field("allow_leak").checked = false;
  trigger("started", { run: answer.run });
  const live = document.getElementById("panel-live");
  if (live && (live.getBoundingClientRect().top < 60 || live.getBoundingClientRect().top > innerHeight - 200)) {
    live.style.scrollMarginTop = "64px";
    live.scrollIntoView({ behavior: "smooth", block: "start" });
  }
});
element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-preset-alone]")) return;
  edited.clear();
  takePreset();
  follow();
  store();
  check();
});
element.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-measure]")) return;
  event.target.disabled = true;
  const answer = await server.measure(collect());
  problem("[data-for=network]", answer.error || null);
  check();
});
element.addEventListener("toggle", async (event) => {
  if (!event.target.matches("[data-networks]") || !event.target.open) return;
  const answer = await server.networks({});
  event.target.querySelector("[data-place]").innerHTML = answer.html || "";
}, true);
// Whoever comes from Balance brings its plan along.
new IntersectionObserver((entries) => {
  if (!entries[entries.length - 1].isIntersecting || !form()?.dataset.ready || !takePlan()) return;
  follow();
  store();
  check();
}).observe(element);
watch("value", restore);
restore();
