// <ds-search><form role="search"><input type="search"/></form></ds-search>: Esc leaves the field, a focus selects what stands in it.
import { one } from "./page.js";

customElements.define("ds-search", class extends HTMLElement {
  connectedCallback() {
    const input = one("input", this);
    input?.addEventListener("focus", () => input.select());
    input?.addEventListener("keydown", (event) => { if (event.key === "Escape") { input.blur(); event.stopPropagation(); } });
  }
});
