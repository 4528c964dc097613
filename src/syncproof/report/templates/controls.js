// Choices: each is bound to one key of the state.

function select(label, key, options) {
  const chooser = element("select", { "data-key": key }, ...options.map(([value, text]) => element("option", { value: value === "" ? undefined : value }, text)));
  options.forEach(([value], place) => { chooser.options[place].value = value; });
  chooser.addEventListener("change", () => change({ [key]: chooser.value }));
  return element("label", {}, label, chooser);
}

function buttons(label, key, options) {
  const made = options.map(([value, text]) => {
    const button = element("button", { type: "button", "data-key": key }, text);
    button.dataset.value = value;
    button.addEventListener("click", () => change({ [key]: value }));
    return button;
  });
  return element("fieldset", { class: "set" }, element("legend", {}, label), ...made);
}

// What a choice comes to where nothing has been chosen.
const EFFECTIVE = { chart: () => chosenId(), baseline: () => baseline(), primitive: () => primitive(), line: () => lineShown() };

function showControls() {
  for (const chooser of document.querySelectorAll("select[data-key]")) {
    const key = chooser.dataset.key;
    const wanted = state[key] === "" && EFFECTIVE[key] ? EFFECTIVE[key]() : state[key];
    chooser.value = [...chooser.options].some((option) => option.value === wanted) ? wanted : state[key];
  }
  for (const button of document.querySelectorAll("button[data-key]")) {
    button.setAttribute("aria-pressed", String(state[button.dataset.key] === button.dataset.value));
  }
}

// What is made anew may hold the control that the reader is on: who was on it stays there.
function keepingFocus(place, draw) {
  const held = place.contains(document.activeElement) ? { ...document.activeElement.dataset } : {};
  draw();
  if (!held.key) return;
  const same = [...place.querySelectorAll("[data-key]")].find((one) => one.dataset.key === held.key && one.dataset.value === held.value);
  if (same) same.focus({ preventScroll: true });
}
