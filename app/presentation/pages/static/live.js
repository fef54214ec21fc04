// The dashboard as it changes: the server renders each piece, and tells those that are not as they were.
"use strict";

(() => {
  const dashboard = document.getElementById("dashboard");
  if (!dashboard || !dashboard.dataset.events) {
    return;
  }
  const source = new EventSource(dashboard.dataset.events);

  const swap = (place, html) => {
    const focused = document.activeElement;
    const key = place.contains(focused) ? focused.dataset.key : undefined;
    const scrolled = [...place.querySelectorAll(".table")].map((table) => table.scrollLeft);
    place.innerHTML = html;
    place.querySelectorAll(".table").forEach((table, number) => {
      table.scrollLeft = scrolled[number] || 0;
    });
    if (key) {
      const again = place.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (again) {
        again.focus({ preventScroll: true });
      }
    }
  };

  source.addEventListener("pieces", (event) => {
    for (const [name, html] of Object.entries(JSON.parse(event.data))) {
      const place = document.getElementById(name);
      if (place) {
        swap(place, html);
      }
    }
  });

  source.addEventListener("error", () => {
    // A session that is over, or no place to watch from: the page itself says which.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => location.reload(), 5000);
    }
  });
})();
