// What the runner takes home: at most three findings, two numbers, and how sure we are.

import { make } from "./dom.js";
import { fitBlock } from "./fit.js";
import { TEXT, say } from "./text.js";

let drawn = "";

/** Fill the findings and the numbers; builds again only for another summary. */
export function drawSummary(summary) {
  const findings = document.getElementById("findings");
  const numbers = document.getElementById("numbers");
  const key = JSON.stringify(summary);
  if (key !== drawn) {
    findings.replaceChildren(...cards(summary));
    numbers.replaceChildren(table(summary.metrics), ...notes(summary));
    drawn = key;
  }
  const unit = Math.min(innerHeight, innerWidth * 0.95) / 100;
  fitBlock(findings, { most: 6.5 * unit, least: 12 });
  fitBlock(numbers, { most: 4.6 * unit, least: 11 });
}

function cards(summary) {
  if (summary.refusal) return [make("article", "card plain", make("p", "finding", say(TEXT.noVerdict, { why: summary.refusal })))];
  if (!summary.findings.length) return [make("article", "card plain", make("p", "finding", TEXT.nothingFound))];
  return summary.findings.map(card);
}

function card(finding) {
  const kind = finding.good ? "good" : "work";
  const mark = make("div", "mark", shape(finding.good ? "praise" : "work"), make("b", "", TEXT[kind]));
  const body = make("div", "body", make("p", "finding", finding.text));
  const more = [finding.drill && say(TEXT.drill, { what: finding.drill }), finding.may_come_from].filter(Boolean).join(" ");
  if (more) body.append(make("p", "quiet", more));
  const article = make("article", `card ${kind}`, mark, body);
  if (finding.grade) article.append(make("p", "grade", say(TEXT.grade, { grade: finding.grade })));
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
  const lean = metrics.trunk_lean_deg?.value == null && metrics.lateral_lean_deg?.value != null ? "lateral_lean_deg" : "trunk_lean_deg";
  const body = make("tbody", "");
  for (const name of ["cadence_spm", lean]) body.append(row(TEXT.rows[name], metrics[name]));
  return make("table", "", body);
}

function row({ label, unit, digits }, metric) {
  const known = metric?.value != null;
  const value = known ? make("td", "", make("b", "", metric.value.toFixed(digits)), ` ${unit}`) : make("td", "", TEXT.unknown);
  const trust = known ? say(TEXT.quality[metric.quality], { n: metric.n }) : metric?.reason || TEXT.quality.none;
  return make("tr", "", make("th", "", label), value, make("td", "quiet", trust));
}

function notes(summary) {
  const lines = summary.findings.some((finding) => finding.grade) ? [TEXT.legend] : [];
  if (summary.stored_in) lines.push(say(TEXT.stored, { where: summary.stored_in }));
  return lines.map((line) => make("p", "quiet", line));
}
