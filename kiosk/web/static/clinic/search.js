// Hides the rows that do not fit; on the page itself, so that no code travels in an address.

const rows = [...document.querySelectorAll("#rows li")];
const search = document.getElementById("search");

search?.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  for (const row of rows) row.hidden = !row.querySelector("b").textContent.toLowerCase().includes(wanted);
  document.getElementById("none").hidden = rows.some((row) => !row.hidden);
});
