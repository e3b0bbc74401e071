// What pages do when there is a script: copy a rule's address, explain terms, open the menu by keyboard.
(function () {
  "use strict";

  // ------------------------------------------------------------------ copy a rule's address

  function copied(button) {
    var said = button.firstChild.nodeValue;
    button.firstChild.nodeValue = "Copied";
    button.classList.add("cb-copied");
    announce("Link copied");
    setTimeout(function () {
      button.firstChild.nodeValue = said;
      button.classList.remove("cb-copied");
    }, 2000);
  }

  // Where a page has no clipboard of its own (a folder opened from a share), the old way still works.
  function copyText(text, done) {
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, function () { copySelected(text, done); });
    } else {
      copySelected(text, done);
    }
  }

  function copySelected(text, done) {
    var field = document.createElement("textarea");
    field.value = text;
    field.setAttribute("aria-label", "Address");
    field.style.position = "fixed";
    field.style.opacity = "0";
    document.body.appendChild(field);
    var before = document.activeElement;
    field.select();
    var good = false;
    try { good = document.execCommand("copy"); } catch (error) { good = false; }
    field.remove();
    if (before) { before.focus(); }
    if (good) { done(); } else { window.prompt("Copy this address:", text); }
  }

  // Made here: without a script nothing could be copied, and a page has one for every rule.
  document.querySelectorAll(".cb-clause > h3").forEach(function (heading) {
    var rule = heading.parentElement.id, button = document.createElement("button");
    var which = document.createElement("span");
    which.className = "cb-unseen";
    which.textContent = " to " + heading.textContent.trim();
    button.type = "button";
    button.className = "cb-copy";
    button.append("Copy link", which);
    button.addEventListener("click", function () {
      var address = location.href.split("#")[0].split("?")[0] + "#" + rule;
      copyText(address, function () { copied(button); });
    });
    heading.append(" ", button);
  });

  var status = null;
  function announce(words) {
    if (!status) {
      status = document.createElement("div");
      status.className = "cb-unseen";
      status.setAttribute("role", "status");
      (document.querySelector("main") || document.body).appendChild(status);
    }
    status.textContent = "";
    setTimeout(function () { status.textContent = words; }, 50);
  }

  // ------------------------------------------------------------------ what a term means

  var meaning = null, shownFor = null, closing = null;

  function show(term) {
    clearTimeout(closing);
    if (shownFor === term) { return; }
    hide();
    meaning = document.createElement("div");
    meaning.id = "cb.meaning";
    meaning.className = "cb-meaning";
    meaning.setAttribute("role", "tooltip");
    meaning.textContent = term.dataset.cbMeans;
    // Beside its term, so that a magnified screen shows both.
    term.insertAdjacentElement("afterend", meaning);
    term.setAttribute("aria-describedby", meaning.id);
    var box = term.getBoundingClientRect(), parent = (meaning.offsetParent || document.body).getBoundingClientRect();
    var room = document.documentElement.clientWidth - meaning.offsetWidth - 8;
    meaning.style.left = Math.max(8, Math.min(box.left, room)) - parent.left + "px";
    meaning.style.top = box.bottom - parent.top + 4 + "px";
    meaning.addEventListener("mouseenter", function () { clearTimeout(closing); });
    meaning.addEventListener("mouseleave", later);
    shownFor = term;
  }

  function hide() {
    clearTimeout(closing);
    if (!shownFor) { return; }
    shownFor.removeAttribute("aria-describedby");
    meaning.remove();
    meaning = shownFor = null;
  }

  function later() { closing = setTimeout(hide, 300); }

  var touched = false;
  document.querySelectorAll("a.cb-term").forEach(function (term) {
    term.addEventListener("mouseenter", function () { show(term); });
    term.addEventListener("mouseleave", later);
    term.addEventListener("focus", function () { show(term); });
    // At once: it could cover what a keyboard comes to next. Where a mouse is, that decides.
    term.addEventListener("blur", function () {
      if (shownFor === term && !term.matches(":hover") && !meaning.matches(":hover")) { hide(); }
    });
    term.addEventListener("touchstart", function () { touched = shownFor !== term; }, { passive: true });
    term.addEventListener("click", function (event) {
      // The first tap explains; the second follows the link to the list of terms.
      if (touched) { event.preventDefault(); touched = false; show(term); }
    });
  });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { hide(); } });
  document.addEventListener("click", function (event) {
    if (shownFor && event.target !== shownFor && !meaning.contains(event.target)) { hide(); }
  });

  // ------------------------------------------------------------------ the menu, by keyboard

  // Material's menu and colour buttons are labels, which a keyboard cannot reach and which may not
  // be called buttons: where there is a script, real buttons take their place.
  function buttonFor(label, words) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = label.className + " cb-for-" + label.htmlFor.replace(/^_+|_\d+$/g, "");
    button.hidden = label.hidden;
    button.title = words;
    button.setAttribute("aria-label", words);
    while (label.firstChild) { button.appendChild(label.firstChild); }
    label.replaceWith(button);
    return button;
  }

  var drawer = document.getElementById("__drawer");
  var menu = document.querySelector('.md-header label[for="__drawer"]');
  if (drawer && menu) {
    var opener = buttonFor(menu, "Menu");
    var sidebar = document.querySelector(".md-sidebar--primary");
    var told = function () { opener.setAttribute("aria-expanded", String(drawer.checked)); };
    var set = function (open) {
      drawer.checked = open;
      drawer.dispatchEvent(new Event("change", { bubbles: true }));
      if (open && sidebar) {
        var first = sidebar.querySelector("a[href]");
        if (first) { first.focus(); }
      } else if (!open) {
        opener.focus();
      }
    };
    drawer.addEventListener("change", told);
    told();
    opener.addEventListener("click", function () { set(!drawer.checked); });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && drawer.checked) { set(false); }
    });
  }

  var contents = document.getElementById("__toc");
  var unfold = document.querySelector('.md-nav--primary label.md-nav__link[for="__toc"]');
  if (contents && unfold) {
    var folded = buttonFor(unfold, unfold.textContent.trim().replace(/\s+/g, " ") + ": on this page");
    folded.setAttribute("aria-expanded", String(contents.checked));
    folded.addEventListener("click", function () {
      contents.checked = !contents.checked;
      folded.setAttribute("aria-expanded", String(contents.checked));
    });
  }

  document.querySelectorAll('[data-md-component="palette"]').forEach(function (palette) {
    var buttons = [];
    palette.querySelectorAll("label").forEach(function (label, place) {
      var other = document.getElementById(label.htmlFor);
      var button = buttonFor(label, label.title);
      buttons.push(button);
      // Material has its own way for Enter, which would change the colours twice.
      button.addEventListener("keydown", function (event) { event.stopPropagation(); });
      button.addEventListener("click", function () {
        var next = buttons[(place + 1) % buttons.length];
        other.click();
        button.hidden = true;
        next.hidden = false;
        next.focus();
      });
    });
    palette.querySelectorAll("input").forEach(function (input) { input.hidden = true; });
  });

  // ------------------------------------------------------------------ paper

  // What is folded away on a screen is part of the printed copy.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.cb-control:not([open])").forEach(function (box) {
      box.open = true;
      box.dataset.cbOpened = "";
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-cb-opened]").forEach(function (box) {
      box.open = false;
      delete box.dataset.cbOpened;
    });
  });
})();
