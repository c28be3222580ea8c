// <ds-drawer class="drawer" data-close="/orders/?…">: one thing beside a list. Esc and [data-close] close it without loading the page again;
// the browser's back button works because the address says what is open (?open=).
import { one } from "./page.js";

customElements.define("ds-drawer", class extends HTMLElement {
  connectedCallback() {
    this.before = document.activeElement;
    this.addEventListener("click", (this.closing ??= (event) => { // the drawer itself has data-close too, and is no button
      const closer = event.target.closest("[data-close]");
      if (closer && closer !== this) { event.preventDefault(); this.close(); }
    }));
    document.addEventListener("keydown", (this.esc = (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || one("dialog[open]") || one("details[open] .menu")) return;
      this.close();
    }));
    const no = this.dataset.no;
    for (const row of document.querySelectorAll("tbody tr[data-no], .oc[data-no]")) row.classList.toggle("cur", row.dataset.no === no);
    if (matchMedia("(max-width: 760px)").matches) one("header a, header button, h2", this)?.focus({ preventScroll: true });
  }
  disconnectedCallback() { document.removeEventListener("keydown", this.esc); }
  close() {
    const url = this.dataset.close || one("[data-close]", this)?.getAttribute("href");
    if (url) history.pushState(null, "", url);
    const no = this.dataset.no;
    this.remove();
    for (const row of document.querySelectorAll(".cur[data-no]")) row.classList.toggle("cur", false);
    const back = document.querySelector(`[data-no="${CSS.escape(no || "")}"] [data-open]`) || this.before;
    back?.focus?.({ preventScroll: true });
  }
});
