// <ds-keys data-go-b="/board/" … data-off>: one key each, off while typing or with data-off; data-key="p" on a button or link gives it a key.
// A scanner types a code in a burst (under 50 ms a key) and ends with Enter: that becomes a `scan` event {code} on the document and, if
// nobody prevents it, a search. A key only counts as a shortcut once no other key followed within that time.
import { all, fire, isShown, isTyping, one } from "./page.js";

const BURST = 50; // ms: hands are slower, scanners faster, and a busy computer adds some
const LEAST = 5;

customElements.define("ds-keys", class extends HTMLElement {
  connectedCallback() { document.addEventListener("keydown", (this.listen = (event) => this.key(event))); this.burst = ""; }
  disconnectedCallback() { document.removeEventListener("keydown", this.listen); }
  key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !event.shiftKey && !event.altKey) { this.find(event); return; }
    if (event.isComposing || isTyping(event.target) || one("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.shiftKey) { this.undo(event); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const soon = event.timeStamp - (this.at ?? 0) < BURST;
    this.at = event.timeStamp;
    if (event.key === "Enter") { this.enter(event, soon); return; }
    if (event.key.length !== 1) return;
    this.burst = soon ? this.burst + event.key : event.key;
    clearTimeout(this.timer);
    const key = event.key;
    if (key === "/" || key === "?") event.preventDefault();
    this.timer = setTimeout(() => { if (this.burst.length === 1) this.act(key); this.burst = ""; }, BURST + 5);
  }
  enter(event, soon) {
    clearTimeout(this.timer);
    const code = this.burst;
    this.burst = "";
    if (soon && code.length >= LEAST) { event.preventDefault(); this.scan(code); return; }
    if (event.target === document.body || event.target.matches?.("main, .oc, tr")) one("[data-open]", this.current ?? document.createElement("i"))?.click();
  }
  scan(code) {
    if (!fire(document.body, "scan", { code })) return;
    const form = one("form[role=search]");
    if (form) { form.elements.q.value = code; form.submit(); }
  }
  act(key) {
    if (this.hasAttribute("data-off")) return;
    const lower = key.toLowerCase();
    if (this.going) { this.going = false; const to = this.dataset[`go${lower.toUpperCase()}`]; if (to) location.href = to; return; }
    if (lower === "g") { this.going = true; setTimeout(() => { this.going = false; }, 1500); return; }
    if (key === "/") { this.find(); return; }
    if (key === "?") { one("#keys")?.showModal(); return; }
    if (lower === "j" || lower === "k") { this.move(lower === "j" ? 1 : -1); return; }
    if (lower === "x") { one(".cb", this.current ?? document.createElement("i"))?.click(); return; }
    const target = all(`[data-key="${CSS.escape(lower)}"]`).find((element) => isShown(element) && !element.disabled);
    if (target?.matches("details")) { target.open = true; one(".menu input, .menu button, .menu a", target)?.focus(); } else target?.click();
  }
  get rows() { return all("ds-table tbody tr[data-no], ds-table tbody tr[data-id], .oc[data-no]").filter(isShown); }
  get current() { return this.rows.find((row) => row.classList.contains("cur")) ?? this.rows.find((row) => row === document.activeElement); }
  move(step) {
    const rows = this.rows, at = rows.indexOf(this.current);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (!next) return;
    rows[at]?.classList.remove("cur");
    next.classList.add("cur");
    next.scrollIntoView({ block: "nearest" });
    if (one("ds-drawer")) one("[data-open]", next)?.click(); else if (next.tabIndex >= 0) next.focus({ preventScroll: true });
  }
  find(event) {
    const field = all("#search, form[role=search] input[type=search]").find(isShown);
    if (!field || one("dialog[open]")) return;
    event?.preventDefault();
    field.focus();
  }
  undo(event) {
    const button = all("ds-toast form button").pop();
    if (button) { event.preventDefault(); button.click(); }
  }
});
