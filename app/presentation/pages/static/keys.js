// Keys at the desk: j and k move, Enter opens, a approves, e edits. Every page works without them, and they can be off.
"use strict";
(() => {
  const note = document.getElementById("keys");
  const KEPT = "reviewstream-keys-off";
  let off = false;
  try { off = localStorage.getItem(KEPT) === "1"; } catch { /* a browser that keeps nothing has them on */ }

  const rows = () => [...document.querySelectorAll("[data-row]")];

  function move(step) {
    const all = rows();
    if (all.length === 0) return;
    const at = all.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    all[next].focus();
  }

  // The first press shows what will happen, the second one does it: nobody approves by a slip of the hand.
  function approve() {
    const button = document.querySelector('[data-key="a"]');
    if (!button) return;
    if (document.activeElement === button) button.click();
    else button.focus();
  }

  function edit() {
    const opener = document.querySelector('[data-key="e"]');
    if (!opener) return;
    opener.parentElement.open = true;
    opener.parentElement.querySelector("textarea").focus();
  }

  const ACTIONS = { j: () => move(1), k: () => move(-1), a: approve, e: edit };

  // On a layout of other letters it is the key in the same place, by what it is called.
  const actionOf = (event) => ACTIONS[/^[^\x00-\x7f]$/.test(event.key) ? event.code.replace("Key", "").toLowerCase() : event.key];

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select");
    const action = actionOf(event);
    if (off || typing || !action || event.ctrlKey || event.metaKey || event.altKey || event.repeat && action === approve) return;
    event.preventDefault();
    action();
  });

  if (note) {
    const button = note.querySelector("button");
    const show = () => { button.textContent = off ? note.dataset.on : note.dataset.off; };
    button.addEventListener("click", () => {
      off = !off;
      try { localStorage.setItem(KEPT, off ? "1" : "0"); } catch { /* for this page alone, then */ }
      show();
    });
    show();
    note.hidden = false;
  }
})();
