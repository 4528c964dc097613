// What the rest is made of: the data of the page, elements, and numbers in words.
// Text from results is only ever set as text.

const data = JSON.parse(document.getElementById("data").textContent);

// A figure is a row of fields, and has what its case has: the scenario, what one operation is, and so on.
data.figures = data.figures.map((row) => {
  const figure = {};
  row.forEach((value, place) => { if (value !== null) figure[data.fields[place]] = value; });
  const of = data.cases[figure.case];
  return { ...of, ...figure, parameters: new Map(of.parameters), own: unpacked(figure.own),
    besideThreading: unpacked(figure.besideThreading), besideFloor: unpacked(figure.besideFloor) };
});

// Slices come as two signs each: the place on a logarithmic scale, 0 where there is none.
function unpacked(text) {
  if (!text) return undefined;
  const { signs, least, step } = data.packing;
  const found = [];
  for (let n = 0; n < text.length; n += 2) {
    const place = signs.indexOf(text[n]) * signs.length + signs.indexOf(text[n + 1]);
    found.push(place ? least * Math.exp((place - 1) * step) : NaN);
  }
  return found;
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== "" && child != null));
  return made;
}

function number(value) {
  if (value == null) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

// Nanoseconds are what tables show; on an axis the unit follows the size.
function duration(ns) {
  const [size, unit] = ns < 1e3 ? [1, "ns"] : ns < 1e6 ? [1e3, "\u00b5s"] : ns < 1e9 ? [1e6, "ms"] : [1e9, "s"];
  return `${Number((ns / size).toPrecision(3))} ${unit}`;
}

function subjectOf(thing) {
  return data.subjects[thing.subject];
}

function titleOf(interpreter) {
  const found = data.interpreters.find((one) => one.key === interpreter);
  return found ? found.title : interpreter;
}

const figuresByPlace = new Map(data.figures.map((figure) => {
  const subject = subjectOf(figure);
  return [JSON.stringify([subject.interpreter, subject.implementation, figure.id]), figure];
}));

function figureOf(interpreter, implementation, id) {
  return figuresByPlace.get(JSON.stringify([interpreter, implementation, id]));
}

function usable(figure) {
  return Boolean(figure) && figure.median !== undefined && (figure.verdict === "stable" || figure.verdict === "noisy");
}
