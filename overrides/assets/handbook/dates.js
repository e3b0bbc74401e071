/*
 * What a review date means today, said by the reader's own clock. The page itself holds the date
 * as stated and nothing more, so it stays true however old it is; without this file it reads
 * "Next review due: October 2025."
 *
 * In: p.cb-due[data-cb-due], any other time[data-cb-due], and table.cb-board.
 * A day is a number here: days since 1970, without hours, so no clock change can shift it.
 */
(function () {
  "use strict";

  var DAY = 86400000;
  var SOON = 90;
  var SHAPES = {
    overdue: "M8 1 15.5 14.5H.5zM7 6v4h2V6zm0 5v2h2v-2z",
    "this-term": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM7 4h2v4l3 2-1 1.6L7 9z",
    "next-term": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2v10A5 5 0 0 1 8 3z",
    later: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3z",
    "not-stated": "M1 7h4v2H1zm5 0h4v2H6zm5 0h4v2h-4z"
  };
  SHAPES.soon = SHAPES["this-term"];
  var GROUPS = [
    ["overdue", "Overdue", "overdue"],
    ["this-term", "Due this term", "due this term"],
    ["next-term", "Due next term", "due next term"],
    ["later", "Later", "later"],
    ["not-stated", "No date stated", "with no date stated"]
  ];

  // ------------------------------------------------------------------ days

  function day(year, month, date) {
    return Date.UTC(year, month - 1, date) / DAY;
  }

  function parts(number) {
    var date = new Date(number * DAY);
    return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  }

  /* "2025-10-31" as a day; null for what is no such date. */
  function read(text) {
    var found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text || "");
    if (!found) return null;
    var number = day(+found[1], +found[2], +found[3]);
    return parts(number).month === +found[2] ? number : null;
  }

  /* The day it is in the United Kingdom at a moment, wherever the reader's clock is set. */
  function london(moment) {
    var said = {};
    new Intl.DateTimeFormat("en-GB", {
      timeZone: "Europe/London",
      year: "numeric",
      month: "numeric",
      day: "numeric"
    })
      .formatToParts(moment)
      .forEach(function (part) {
        said[part.type] = +part.value;
      });
    return day(said.year, said.month, said.day);
  }

  /* Whole months from one day to a later one: 31 January to 28 February is one. */
  function months(from, to) {
    var a = parts(from);
    var b = parts(to);
    var last = parts(day(b.year, b.month + 1, 0)).day;
    var whole = (b.year - a.year) * 12 + b.month - a.month;
    return b.day < Math.min(a.day, last) ? whole - 1 : whole;
  }

  // ------------------------------------------------------------------ words

  function count(number, noun) {
    return number + " " + noun + (number === 1 ? "" : "s");
  }

  /* How long it is until a day that is not past. Rounded down: nobody is told of more time. */
  function distance(today, due) {
    var days = due - today;
    if (days === 0) return "today";
    if (days === 1) return "tomorrow";
    if (days < 14) return "in " + count(days, "day");
    if (days < 92) return "in " + count(Math.floor(days / 7), "week");
    return "in " + count(months(today, due), "month");
  }

  function state(today, due, within) {
    if (due < today) return "overdue";
    return due - today <= within ? "soon" : "";
  }

  /* The sentence for a review date, or "" where what the page says already is enough. */
  function sentence(today, due, stated, within, ask) {
    var found = state(today, due, within);
    if (found === "overdue") {
      var whom = ask ? "the " + ask.replace(/^the /i, "") : "whoever owns it";
      return (
        "Review was due " + stated + ". Overdue does not mean withdrawn: ask " + whom + " if unsure."
      );
    }
    if (!found) return "";
    var by = /^\d{1,2} /.test(stated) ? stated : "by the end of " + stated;
    return "Review due " + distance(today, due) + " (" + by + ").";
  }

  // ------------------------------------------------------------------ terms

  /* The last day of the term that a day is in. */
  function termEnd(today) {
    var now = parts(today);
    if (now.month <= 3) return day(now.year, 3, 31);
    return now.month <= 8 ? day(now.year, 8, 31) : day(now.year, 12, 31);
  }

  /* Where a policy stands on the board; `due` is null where no date is stated. */
  function group(today, due) {
    if (due === null) return "not-stated";
    if (due < today) return "overdue";
    var end = termEnd(today);
    if (due <= end) return "this-term";
    return due <= termEnd(end + 1) ? "next-term" : "later";
  }

  // ------------------------------------------------------------------ the page

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  /* A drawn mark: unlike a background it prints, and keeps its shape in high contrast. */
  function mark(shape) {
    var space = "http://www.w3.org/2000/svg";
    var svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "cb-due-mark");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("focusable", "false");
    var path = document.createElementNS(space, "path");
    path.setAttribute("d", SHAPES[shape]);
    path.setAttribute("fill-rule", "evenodd");
    svg.appendChild(path);
    return svg;
  }

  function within(node) {
    var from = node.closest("[data-cb-within]");
    var days = from ? parseInt(from.getAttribute("data-cb-within"), 10) : NaN;
    return isNaN(days) ? SOON : days;
  }

  function notice(today, node) {
    var due = read(node.getAttribute("data-cb-due"));
    var stated = node.getAttribute("data-cb-words");
    if (due === null || !stated) return;
    if (!node.hasAttribute("data-cb-plain")) {
      node.setAttribute("data-cb-plain", node.textContent);
    }
    var found = state(today, due, within(node));
    var said = sentence(today, due, stated, within(node), node.getAttribute("data-cb-ask"));
    node.classList.toggle("cb-due--overdue", found === "overdue");
    node.classList.toggle("cb-due--soon", found === "soon");
    node.textContent = said || node.getAttribute("data-cb-plain");
    if (said) node.prepend(mark(found));
  }

  function flag(today, time) {
    var old = time.nextElementSibling;
    if (old && old.classList.contains("cb-due-flag")) old.remove();
    var due = read(time.getAttribute("data-cb-due"));
    var found = due === null ? "" : state(today, due, within(time));
    if (!found) return;
    var made = element("span", "cb-due-flag cb-due-flag--" + found);
    made.append(" ", mark(found), found === "overdue" ? "overdue" : "due soon");
    time.after(made);
  }

  function place(today, row) {
    var time = row.querySelector("time[data-cb-due]");
    return group(today, time ? read(time.getAttribute("data-cb-due")) : null);
  }

  /* Puts a board's rows under today's headings; they are in order of date already. */
  function sort(today, table) {
    var rows = Array.from(table.querySelectorAll("tr.cb-board__row"));
    var counts = {};
    Array.from(table.tBodies).forEach(function (body) {
      body.remove();
    });
    GROUPS.forEach(function (one) {
      var own = rows.filter(function (row) {
        return place(today, row) === one[0];
      });
      counts[one[0]] = own.length;
      if (!own.length) return;
      var body = element("tbody", "cb-board__part cb-board__part--" + one[0]);
      var head = element("th");
      head.scope = "rowgroup";
      head.colSpan = table.tHead.rows[0].cells.length;
      var many = own.length === 1 ? "1 policy" : own.length + " policies";
      head.append(mark(one[0]), one[1] + ": " + many);
      var line = element("tr", "cb-board__group");
      line.append(head);
      body.append(line);
      own.forEach(function (row) {
        body.append(row);
      });
      table.append(body);
    });
    return counts;
  }

  function tell(node, counts) {
    if (!node) return;
    var said = GROUPS.filter(function (one) {
      return counts[one[0]];
    }).map(function (one) {
      return counts[one[0]] + " " + one[2];
    });
    node.textContent = said.length ? said.join(", ") + "." : "";
    node.hidden = !said.length;
  }

  function boards(today) {
    var all = {};
    Array.from(document.querySelectorAll("table.cb-board")).forEach(function (table) {
      var counts = sort(today, table);
      var id = table.getAttribute("aria-labelledby");
      tell(document.querySelector('[data-cb-counts="' + id + '"]'), counts);
      Object.keys(counts).forEach(function (key) {
        all[key] = (all[key] || 0) + counts[key];
      });
    });
    tell(document.querySelector('[data-cb-counts=""]'), all);
  }

  var shown = null;

  /* A page that stays open overnight tells the new day's truth. */
  function show() {
    var today = london(new Date());
    if (today === shown) return;
    shown = today;
    Array.from(document.querySelectorAll("p.cb-due[data-cb-due]")).forEach(function (node) {
      notice(today, node);
    });
    Array.from(document.querySelectorAll("time[data-cb-due]")).forEach(function (time) {
      if (!time.closest(".cb-board")) flag(today, time);
    });
    boards(today);
  }

  window.clausebookDates = {
    read: read,
    london: london,
    months: months,
    distance: distance,
    sentence: sentence,
    termEnd: termEnd,
    group: group
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
  else show();
  document.addEventListener("visibilitychange", show);
  window.addEventListener("pageshow", show);
  window.addEventListener("beforeprint", show);
  window.setInterval(show, 60000);
})();
