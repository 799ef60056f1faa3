"""The only script of the HTML report: it lets the list of tables be sorted. All else is without."""

from __future__ import annotations

__all__ = ["SCRIPT"]

SCRIPT = """
document.documentElement.classList.add("sorts");
for (const list of document.querySelectorAll("table.list")) {
  const heads = [...list.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") === "descending" ||
        (head.getAttribute("aria-sort") === null && at === 0);
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = row => row.cells[at].dataset.sort;
      const rows = [...list.tBodies[0].rows];
      rows.sort((a, b) => at === 0 ? value(a).localeCompare(value(b)) : value(a) - value(b));
      if (!up) rows.reverse();
      list.tBodies[0].append(...rows);
    });
  });
}
"""
