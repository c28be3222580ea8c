// What several elements need: finding, asking, saying.
document.documentElement.classList.add("js"); // [data-js] elements show only where this ran

export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const fill = (text, values) => (text || "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
export const isTyping = (target) => !!target?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
export const isShown = (element) => element.getClientRects().length > 0;

// A strip of links that is wider than the phone begins where its reader is.
for (const here of all("nav [aria-current]").filter(isShown)) {
  const strip = here.closest("nav"), at = here.getBoundingClientRect(), around = strip.getBoundingClientRect();
  if (strip.scrollWidth > strip.clientWidth) strip.scrollLeft += at.left + at.width / 2 - around.left - around.width / 2;
}

/** Elements that tick: `tick()` when one appears and every `ms` from then on, one timer for all of a kind. */
export function ticking(ms) {
  const shown = new Set();
  setInterval(() => shown.forEach((element) => element.tick()), ms);
  return class extends HTMLElement {
    connectedCallback() { shown.add(this); this.tick(); }
    disconnectedCallback() { shown.delete(this); }
  };
}

export function fire(element, name, detail) {
  return element.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
}

/** The token that every writing request carries; the body holds it for htmx too. */
export function token() {
  const headers = document.body.getAttribute("hx-headers:inherited");
  return headers ? JSON.parse(headers)["X-CSRFToken"] : one("[name=csrfmiddlewaretoken]")?.value ?? "";
}

/** Show toasts that an answer brought along (`<ds-toast>` anywhere in it). */
export function showToasts(html) {
  const found = all("ds-toast", new DOMParser().parseFromString(html, "text/html"));
  for (const toast of found) one("#toasts")?.append(document.adoptNode(toast));
  return found.length;
}

export function say(text, { error = false } = {}) {
  const toast = document.createElement("ds-toast");
  toast.className = error ? "toast error" : "toast";
  toast.append(Object.assign(document.createElement("span"), { textContent: text }));
  one("#toasts")?.append(toast);
}

/** POST like a form does, answered like htmx: resolves to {ok, html}; its toasts are shown. */
export async function post(url, values) {
  const body = values instanceof FormData ? values : new URLSearchParams(values);
  const response = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true", "HX-Current-URL": location.href, "X-CSRFToken": token() } });
  const html = await response.text();
  showToasts(html);
  return { ok: response.ok, html, response };
}
