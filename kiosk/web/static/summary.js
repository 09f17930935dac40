// What the runner takes home: at most three findings, two numbers, and how sure we are.

import { make } from "./dom.js";
import { fitBlock } from "./fit.js";
import { number, say } from "./text.js";

let drawn = "";
const findings = make("div", "findings");
const numbers = make("div", "numbers");

/** Fill the section "summary" with the findings and the numbers; builds again only for another summary or language. */
export function drawSummary({ summary, language }) {
  if (!summary) return;
  const key = language + JSON.stringify(summary);
  if (key !== drawn) {
    findings.replaceChildren(...cards(summary));
    numbers.replaceChildren(table(summary.metrics), ...notes(summary));
    document.getElementById("summary").replaceChildren(findings, numbers);
    drawn = key;
  }
  const unit = Math.min(innerHeight, innerWidth * 0.95) / 100;
  fitBlock(findings, { most: 6.5 * unit, least: 12 });
  fitBlock(numbers, { most: 4.6 * unit, least: 11 });
}

function cards(summary) {
  if (summary.refusal) return [make("article", "card plain", make("p", "finding", say("No verdict: {why}", { why: summary.refusal })))];
  if (!summary.findings.length) return [make("article", "card plain", make("p", "finding", say("Nothing stood out in this run.")))];
  return summary.findings.map(card);
}

function card(finding) {
  const kind = finding.good ? "good" : "work";
  const mark = make("div", "mark", shape(finding.good ? "praise" : "work"), make("b", "", finding.good ? say("Good") : say("Work on")));
  const body = make("div", "body", make("p", "finding", finding.text));
  const more = [finding.drill && say("Drill: {what}.", { what: finding.drill }), finding.may_come_from].filter(Boolean).join(" ");
  if (more) body.append(make("p", "quiet", more));
  const article = make("article", `card ${kind}`, mark, body);
  if (finding.grade) article.append(make("p", "grade", say("Evidence {grade}", { grade: finding.grade })));
  return article;
}

function shape(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#shape-${name}`);
  svg.setAttribute("class", "shape");
  svg.append(use);
  return svg;
}

function table(metrics) {
  const lean = metrics.trunk_lean_deg?.value == null && metrics.lateral_lean_deg?.value != null;
  const body = make("tbody", "");
  body.append(row(say("Cadence"), say("steps a minute"), 0, metrics.cadence_spm));
  if (lean) body.append(row(say("Side lean (right +)"), say("degrees"), 1, metrics.lateral_lean_deg));
  else body.append(row(say("Forward lean"), say("degrees"), 1, metrics.trunk_lean_deg));
  return make("table", "", body);
}

function row(label, unit, digits, metric) {
  const known = metric?.value != null;
  const value = known ? make("td", "", make("b", "", number(metric.value, digits)), ` ${unit}`) : make("td", "", "–");
  const trust = known ? trusted(metric) : metric?.reason || say("not known");
  return make("tr", "", make("th", "", label), value, make("td", "quiet", trust));
}

function trusted({ quality, n }) {
  return quality === "low" ? say("few strides ({n})", { n }) : say("{n} strides", { n });
}

function notes(summary) {
  const legend = say("Evidence: A measured · B studies give the direction · C experts’ range · D our choice");
  const lines = summary.findings.some((finding) => finding.grade) ? [legend] : [];
  if (summary.stored_in) lines.push(say("Stored in {where}", { where: summary.stored_in }));
  return lines.map((line) => make("p", "quiet", line));
}
