// <ds-wants> around rows of goods (.orders-want) in the manual order: a hit of the search fills the first empty row, and there is
// always one more empty row.
import { all, one } from "./page.js";

customElements.define("ds-wants", class extends HTMLElement {
  connectedCallback() {
    for (const part of all("[data-js]", this)) part.hidden = false;
    this.addEventListener("click", (event) => {
      const hit = event.target.closest("[data-code]");
      if (hit) this.take(hit.dataset.code);
    });
    this.addEventListener("input", () => this.grow());
  }
  get rows() { return all(".orders-want", this); }
  get empty() { return this.rows.find((row) => !one("[name=code]", row).value); }
  take(code) {
    this.grow();
    const row = this.empty;
    one("[name=code]", row).value = code;
    one("[name=quantity]", row).focus();
    one("[name=quantity]", row).select();
    this.grow();
  }
  grow() {
    if (this.empty) return;
    const row = this.rows.at(-1).cloneNode(true);
    for (const input of all("input", row)) { input.value = input.name === "quantity" ? "1" : ""; input.removeAttribute("aria-invalid"); }
    for (const said of all(".error, .tip", row)) said.remove();
    this.append(row);
  }
});
