// What the portal does when there is a script: sort and filter tables, and follow a count to its cells.
(function () {
  "use strict";

  function said(words) {
    var status = document.querySelector(".cb-shown");
    if (status) { status.textContent = words; }
  }

  function count(number, one, many) {
    return number.toLocaleString("en-GB") + " " + (number === 1 ? one : many);
  }

  // ------------------------------------------------------------------ sorting

  // Numbers before words, and what states nothing at the end, whichever way it is sorted.
  function key(row, column) {
    var cell = row.cells[column];
    if (cell.tagName === "TH") { return cell.querySelector("a, code").textContent.trim().toLowerCase(); }
    var stated = cell.getAttribute("data-k");
    return stated ? Number(stated) : null;
  }

  function compare(a, b, down) {
    if (a === null || b === null) { return (a === null ? 1 : 0) - (b === null ? 1 : 0); }
    var order = typeof a === "string" ? a.localeCompare(b, "en-GB", { numeric: true }) : a - b;
    return down ? -order : order;
  }

  function sort(table, column, down) {
    var body = table.tBodies[0];
    var rows = Array.prototype.map.call(body.rows, function (row, place) {
      return { row: row, key: key(row, column), place: place };
    });
    rows.sort(function (a, b) { return compare(a.key, b.key, down) || a.place - b.place; });
    var sorted = document.createDocumentFragment();
    rows.forEach(function (one) { sorted.appendChild(one.row); });
    body.appendChild(sorted);
  }

  function sortable(table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      var name = head.textContent.trim();
      var button = document.createElement("button");
      button.type = "button";
      button.className = "cb-sort";
      button.setAttribute("aria-label", "Sort by " + name);
      function pressed() {
        var now = head.getAttribute("aria-sort");
        // Where numbers are counted, the most comes first.
        var counted = table.tBodies[0].rows.length && column > 0 && table.classList.contains("cb-table") || head.hasAttribute("data-most");
        var down = now ? now === "ascending" : Boolean(counted);
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        sort(table, column, down);
        said("Sorted by " + name + (down ? ", descending." : ", ascending."));
      }
      button.addEventListener("click", pressed);
      head.addEventListener("click", function (event) {
        if (!event.target.closest("a, button")) { pressed(); }
      });
      head.append(" ", button);
    });
  }

  document.querySelectorAll("table.cb-portal, table.cb-sortable").forEach(sortable);

  // ------------------------------------------------------------------ filtering the table

  function filtered(table, form) {
    var group = form.querySelector("#cb\\.group");
    var name = form.querySelector("#cb\\.name");
    var state = form.querySelector("#cb\\.state");
    var head = table.tHead.rows[0];
    // Read once: there may be thousands of cells.
    var rows = Array.prototype.map.call(table.tBodies[0].rows, function (row) {
      return { row: row, cells: Array.prototype.slice.call(row.cells), group: row.dataset.g, words: row.cells[0].textContent.toLowerCase() };
    });

    function apply() {
      var mark = state.selectedOptions[0].dataset.mark || "";
      var wanted = name.value.trim().toLowerCase();
      var columns = [], shown = 0, cells = 0;
      rows.forEach(function (one) {
        var fits = one.words.indexOf(wanted) >= 0 && (!group || group.value === "*" || one.group === group.value);
        var hits = 0;
        for (var column = 2; column < one.cells.length; column++) {
          var hit = fits && mark !== "" && one.cells[column].classList.contains(mark);
          one.cells[column].classList.toggle("cb-hit", hit);
          if (hit) { hits++; columns[column] = true; }
        }
        one.row.hidden = !fits || (mark !== "" && !hits);
        if (!one.row.hidden) { shown++; }
        cells += hits;
      });
      table.classList.toggle("cb-asked", mark !== "");
      for (var column = 2; column < head.cells.length; column++) {
        var off = mark !== "" && !columns[column];
        if (head.cells[column].hidden === off) { continue; }
        head.cells[column].hidden = off;
        rows.forEach(function (one) { one.cells[column].hidden = off; });
      }
      var total = count(rows.length, "organisation", "organisations");
      said(
        (mark ? count(cells, "policy", "policies") + " (" + state.selectedOptions[0].textContent.trim().toLowerCase() + "), " : "") +
        (shown === rows.length ? "all " + total : shown + " of " + total) + " shown."
      );
    }

    // A count's address names a state, so that it can be kept and sent on.
    function asked(move) {
      var id = decodeURIComponent(location.hash.slice(1));
      var option = id && Array.prototype.find.call(state.options, function (one) { return one.value === id; });
      if (!option) { return; }
      form.reset();
      state.value = id;
      apply();
      if (move) { form.scrollIntoView({ block: "start" }); }
    }

    form.hidden = false;
    [group, name, state].forEach(function (field) {
      if (field) { field.addEventListener("input", apply); }
    });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () {
      setTimeout(function () {
        if (location.hash) { history.replaceState(null, "", location.href.split("#")[0]); }
        apply();
      });
    });
    window.addEventListener("hashchange", function () { asked(true); });
    document.querySelectorAll(".cb-counts a[href^='#']").forEach(function (link) {
      link.addEventListener("click", function () { setTimeout(function () { asked(true); }); });
    });
    asked(true);
  }

  var table = document.querySelector("table.cb-portal");
  if (table) { filtered(table, document.querySelector("form.cb-filter")); }

  // ------------------------------------------------------------------ only rows that differ

  var only = document.getElementById("cb.only");
  if (only) {
    only.closest("form").hidden = false;
    var differing = function () {
      var article = only.closest("article") || document.body;
      article.classList.toggle("cb-differing", only.checked);
      var rows = document.querySelectorAll(".cb-matrix tbody tr");
      var same = document.querySelectorAll(".cb-matrix tbody tr.cb-same");
      said(only.checked ? rows.length - same.length + " of " + count(rows.length, "row", "rows") + " shown." : "");
    };
    only.addEventListener("change", differing);
    // A browser may remember that it was ticked.
    differing();
    window.addEventListener("pageshow", differing);
  }
})();
