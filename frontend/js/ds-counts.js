// <ds-counts data-src="…">: asks once for the numbers beside the navigation, and again when something happened (at most every 15 s).
// The answer is JSON {"orders": 348, "stock": {"n": 3, "hot": true}} or HTML with <em data-count="orders">348</em>.
import { all, one } from "./page.js";

customElements.define("ds-counts", class extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.src) return;
    this.again = () => { this.timer ??= setTimeout(() => { this.timer = null; this.load(); }, 15000); };
    document.addEventListener("danshu:any", this.again);
    this.load();
  }
  disconnectedCallback() { document.removeEventListener("danshu:any", this.again); clearTimeout(this.timer); }
  async load() {
    if (document.hidden) return;
    const response = await fetch(this.dataset.src, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!response?.ok) return;
    if ((response.headers.get("Content-Type") || "").includes("json")) {
      for (const [key, value] of Object.entries(await response.json())) this.show(key, value?.n ?? value, value?.hot ?? false);
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const em of all("[data-count]", page)) this.show(em.dataset.count, em.textContent.trim(), em.classList.contains("hot"));
  }
  show(key, number, hot) {
    const em = one(`[data-count="${CSS.escape(key)}"]`, this);
    if (!em) return;
    em.textContent = number;
    em.hidden = !number || number === "0";
    em.classList.toggle("hot", Boolean(hot));
  }
});
