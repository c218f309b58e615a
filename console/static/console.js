// What the pages do beside what htmx does: pausing, asking back, and telling the time zone.
"use strict";

(() => {
  const paused = () => {
    const button = document.querySelector("[data-live]");
    return document.hidden || (button !== null && button.getAttribute("aria-pressed") === "false");
  };

  // Whoever walks by keyboard must not lose the place when the region is replaced.
  const walkedIn = (region) => {
    const place = document.activeElement;
    return region.contains(place) && !place.id && place.matches(":focus-visible");
  };

  // A region that refreshes itself rests while it is paused, not looked at, or being read from.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const region = event.target;
    if (region.id !== "live") return;
    const open = region.querySelector("details[open]");
    const selecting = !document.getSelection().isCollapsed;
    if (paused() || open !== null || selecting || walkedIn(region)) event.preventDefault();
  });

  // What is old must not look live.
  document.addEventListener("htmx:afterRequest", (event) => {
    document.getElementById("gone").hidden = event.detail.successful === true;
  });

  // On a phone the list of pages is longer than the window.
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-live]");
    if (button === null) return;
    const on = button.getAttribute("aria-pressed") === "false";
    const label = button.querySelector("[data-on]");
    button.setAttribute("aria-pressed", String(on));
    label.textContent = on ? label.dataset.on : label.dataset.off;
  });

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question !== undefined && !window.confirm(question)) event.preventDefault();
  });

  // The server writes times as this browser's clock shows them.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie =
      `wecom_console_zone=${zone}; path=/console; max-age=31536000; samesite=lax${secure}`;
  }
})();
