// Asks for the page again and puts in what is new: scroll, focus and what is typed stay.
"use strict";
(() => {
  const everyMs = 1000 * Number(document.currentScript.dataset.everyS);
  let known = null;

  function renew(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    document.title = fresh.title;
    for (const part of document.querySelectorAll("header.top, link[rel=icon], [data-renewed]")) {
      const name = part.id ? `#${part.id}` : part.localName === "link" ? "link[rel=icon]" : "header.top";
      const next = fresh.querySelector(name);
      if (next && !part.contains(document.activeElement)) part.replaceWith(next);
    }
  }

  async function ask() {
    if (document.hidden) return;
    const headers = known ? { "If-None-Match": known } : {};
    const answer = await fetch(location.href, { headers, cache: "no-store" });
    if (!answer.ok) return; // 304: nothing is new
    known = answer.headers.get("ETag");
    renew(await answer.text());
  }

  setInterval(() => ask().catch(() => {}), everyMs); // unreachable: asked again
})();
