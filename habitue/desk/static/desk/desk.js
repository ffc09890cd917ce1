// Keys and small comforts of the desk. Without this file every page still reads and every link still leads.
(() => {
  "use strict";
  const field = () => document.querySelector(".search input[type=search]");
  const found = () => document.getElementById("found");
  const rows = (within) => [...within.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  function step(list, by) {
    const all = rows(list);
    if (!all.length) return false;
    const now = all.indexOf(document.activeElement);
    const next = now < 0 ? (by > 0 ? 0 : -1) : now + by;
    if (next < 0) return false;
    const row = all[Math.min(next, all.length - 1)];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  }

  function onSearchKey(event) {
    if (event.key === "ArrowDown") step(found(), 1) && event.preventDefault();
    if (event.key === "ArrowUp" && !step(found(), -1)) field().focus();
    if (event.key === "ArrowUp") event.preventDefault();
    if (event.key === "Escape") {
      field().value = "";
      found().replaceChildren();
      field().blur();
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const search = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
    if (field() && (search || (event.key === "/" && !typing(event.target)))) {
      event.preventDefault();
      field().focus();
      field().select();
      return;
    }
    if (event.target.closest(".search")) return onSearchKey(event);
    if (event.key === "Escape") close(null);
    if (event.key === "Escape") event.target.closest("form.edit")?.querySelector("[data-cancel]")?.click();
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const list = document.querySelector("[data-list]");
    if ((event.key === "j" || event.key === "k") && list) step(list, event.key === "j" ? 1 : -1);
    if (event.key === "x" && list) tick(event.target.closest("tr"));
    press(event);
    if (event.key === "?") document.getElementById("keys").showModal();
  });

  // A key of its own for a button: within what has the focus (data-key), or anywhere on the page (data-page-key).
  function press(event) {
    if (!/^[a-z]$/.test(event.key)) return;
    const within = event.target.closest("[data-keys]")?.querySelector(`[data-key="${event.key}"]`);
    const button = within || document.querySelector(`main [data-page-key="${event.key}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  }

  // One open menu or reason over the page at a time; a click elsewhere closes it.
  function close(but) {
    document.querySelectorAll(".menu[open], .why[open]").forEach((open) => {
      if (open === but) return;
      const inside = open.contains(document.activeElement);
      open.open = false;
      if (inside && !but) open.querySelector("summary").focus();
    });
  }
  document.addEventListener("click", (event) => {
    close(event.target.closest(".menu, .why") || document.body);
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
  });

  // Lines that are ticked: by key, all of a page at once, and how many they are.
  function tick(row) {
    const box = row && row.querySelector("input[name=pick]");
    if (!box) return;
    box.checked = !box.checked;
    countTicked();
  }
  const boxes = () => [...document.querySelectorAll("input[name=pick]")];
  function countTicked() {
    const told = document.querySelector("[data-picked]");
    const many = boxes().filter((box) => box.checked).length;
    if (told) told.textContent = many ? `(${many})` : "";
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-picks-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
    if (event.target.matches("[data-picks-all], input[name=pick]")) countTicked();
  });
  document.querySelectorAll("[data-picks-all]").forEach((box) => (box.hidden = false));

  // The builder of segments: what changes its shape is asked of the server, so that the form stays what it says.
  function reshape(control) {
    const tree = control.closest("[data-draft]");
    if (!tree || !window.htmx) return false;
    const values = { part: "rules" };
    if (control.name === "do") values.do = control.value;
    window.htmx.ajax("POST", tree.dataset.draft, { source: tree, target: tree, swap: "innerHTML", values });
    return true;
  }
  // Whoever types what an item of a list begins with changes it letter by letter: wait until they are done.
  let waiting = 0;
  document.addEventListener("change", (event) => {
    if (!event.target.matches("select[data-rules]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => event.target.isConnected && reshape(event.target), 400);
  });
  // Whoever goes on typing while the answer is on its way keeps what they typed.
  let typed = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const now = document.activeElement;
    typed = event.target.matches("[data-draft]") && now.matches("[data-draft] input:not([type=checkbox])") ? now : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    const again = typed && document.getElementById(typed.id);
    if (again && again.name === typed.name && again.type === typed.type) {
      again.value = typed.value;
      if (again.type === "text") again.setSelectionRange(typed.selectionStart, typed.selectionEnd);
    }
    typed = null;
  });
  document.addEventListener("keydown", (event) => {
    const leads = event.key === "Enter" && event.target.dataset && event.target.dataset.enter;
    if (!leads) return;
    event.preventDefault();
    document.getElementById(leads).click();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-rules]");
    if (button && reshape(button)) event.preventDefault();
  });
})();
