// <ds-table data-bar="#bar" data-open="#drawer-slot"> around a table.tbl: select rows (Shift for a range), batch bar, a click opens the row.
// On touch a long press on a row ticks it, like its box does, and taps go on ticking until nothing is ticked.
// Rows: <tr data-items data-fen data-merge>. Bar: [data-count] and [data-sums] are filled from data-orders, data-items, data-merge ("{n} 单").
import { all, fill, fire, one } from "./page.js";

const LONG = 450; // ms of a press that means: this one, and more
const STILL = 10; // px a resting finger may wander

customElements.define("ds-table", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("change", (event) => this.change(event));
    this.addEventListener("pointerdown", (event) => this.press(event));
    for (const name of ["pointerup", "pointercancel", "pointermove"]) this.addEventListener(name, (event) => this.lift(event));
    this.addEventListener("contextmenu", (event) => { if (this.pressed) event.preventDefault(); }); // a long press asks for it too
    document.addEventListener("click", (this.outside = (event) => { if (event.target.closest("[data-clear]") && this.bar?.contains(event.target)) this.select([]); }));
    this.sync();
  }
  disconnectedCallback() { document.removeEventListener("click", this.outside); }
  get bar() { return this.dataset.bar ? one(this.dataset.bar) : null; }
  get boxes() { return all("tbody .cb", this).filter((box) => !box.closest("details")); }
  get head() { return one("thead .cb", this); }
  press(event) {
    this.pressed = false;
    clearTimeout(this.holding);
    const row = event.target.closest("tbody tr");
    if (event.pointerType === "mouse" || !row || !one(".cb", row) || event.target.closest("button, input, label, select, summary, details")) return;
    this.from = event;
    this.holding = setTimeout(() => { this.pressed = true; this.tick(row); navigator.vibrate?.(12); }, LONG);
  }
  lift(event) {
    if (event.type === "pointermove" && this.from && Math.hypot(event.clientX - this.from.clientX, event.clientY - this.from.clientY) < STILL) return;
    clearTimeout(this.holding);
  }
  tick(row) {
    const box = one(".cb", row);
    box.checked = !box.checked;
    this.last = box;
    this.sync();
  }
  click(event) {
    if (this.pressed) { // the click that ends a long press
      this.pressed = false;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const box = event.target.closest("tbody .cb");
    if (box) {
      if (event.shiftKey && this.last) {
        const boxes = this.boxes;
        const [from, to] = [boxes.indexOf(this.last), boxes.indexOf(box)].sort((a, b) => a - b);
        boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      }
      this.last = box;
      this.sync();
      return;
    }
    const row = event.target.closest("tbody tr");
    if (!row || event.target.closest("a, button, input, label, select, summary, details") || String(getSelection())) return;
    if (matchMedia("(pointer: coarse)").matches && one(".cb", row) && this.boxes.some((other) => other.checked)) { this.tick(row); return; }
    one("[data-open]", row)?.click();
  }
  change(event) {
    if (event.target === this.head) this.select(this.head.checked ? this.boxes : []);
    else if (event.target.matches(".cb")) this.sync();
  }
  select(boxes) {
    this.boxes.forEach((box) => { box.checked = boxes.includes(box); });
    this.sync();
  }
  sync() {
    const boxes = this.boxes, on = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
    if (this.head) { this.head.checked = on.length > 0 && on.length === boxes.length; this.head.indeterminate = on.length > 0 && on.length < boxes.length; }
    const rows = on.map((box) => box.closest("tr")).filter(Boolean);
    if (this.bar) this.sum(this.bar, rows);
    fire(this, "table-select", { count: on.length, values: on.map((box) => box.value) });
  }
  sum(bar, rows) {
    bar.hidden = rows.length === 0;
    const count = one("[data-count]", bar), sums = one("[data-sums]", bar);
    if (count) count.textContent = fill(bar.dataset.orders || "{n}", { n: rows.length });
    if (!sums) return;
    const total = (name) => rows.reduce((sum, row) => sum + Number(row.dataset[name] || 0), 0);
    const groups = {};
    for (const row of rows) if (row.dataset.merge) groups[row.dataset.merge] = (groups[row.dataset.merge] || 0) + 1;
    const mergeable = Object.values(groups).filter((n) => n > 1).reduce((sum, n) => sum + n, 0);
    const parts = [];
    if (total("items")) parts.push(fill(bar.dataset.items, { n: total("items") }));
    if (rows.some((row) => row.dataset.fen)) parts.push(`¥${(total("fen") / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`);
    if (mergeable) parts.push(fill(bar.dataset.merge, { n: mergeable }));
    sums.textContent = parts.filter(Boolean).join(" · ");
  }
});
