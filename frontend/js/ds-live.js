// <ds-live src="/live/" data-poll="/live/poll/" data-kinds="orders.OrdersChanged …">: one stream of facts per page; where no stream is free
// it asks every few seconds instead. Each fact is dispatched on the document as `danshu:OrdersChanged` and `danshu:any` with {kind, ids}.
// Elements with data-live-kinds="OrdersChanged StockChanged" (and data-live-ids="1 2" to narrow it) fetch themselves again:
// from data-live-src or this address, the part with their own id, soon after the first fact and then at most every 2 s. While somebody
// selects or edits in them, they say 「3 单有更新 · 刷新」 instead of changing under the hand. data-live-badge="RunsChanged" gets data-new:
// a dot on the bell.
import { all, fill } from "./page.js";

const QUIET = 400; // ms: a batch of facts is one refresh
const GAP = 2000; // ms between two refreshes of one element, however many facts come; `data-live-gap` where it costs more
const POLL = 5000;
const AGAIN = 60000; // ms until a free stream is looked for again
const short = (kind) => kind.split(".").pop();

function isBusy(element) {
  if (element.matches("[data-editing]") || element.querySelector("[data-editing], details[open], .oc.ghost, .moving")) return true;
  if (element.querySelector("tbody .cb:checked, [aria-selected=true]:not([role=tab])")) return true;
  const focus = document.activeElement;
  return element.contains(focus) && focus.matches("input:not([type=checkbox]), textarea, select");
}

customElements.define("ds-live", class extends HTMLElement {
  connectedCallback() {
    this.waiting = new Map(); // element → ids seen since its last refresh
    this.shown = new Map(); // id of an element → when it was refreshed last
    this.open();
    this.seen = () => { if (!document.hidden && this.source?.readyState === EventSource.CLOSED && !this.polling) this.open(); };
    document.addEventListener("visibilitychange", this.seen);
    addEventListener("pagehide", (this.leave = () => this.source?.close()));
    addEventListener("pageshow", (this.back = (event) => { if (event.persisted) this.open(); }));
  }
  disconnectedCallback() {
    this.source?.close();
    clearTimeout(this.polling);
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
    removeEventListener("pagehide", this.leave);
    removeEventListener("pageshow", this.back);
  }
  open() {
    if (!window.EventSource || !this.getAttribute("src")) return;
    this.source?.close();
    const source = (this.source = new EventSource(this.getAttribute("src")));
    for (const kind of (this.dataset.kinds || "").split(/\s+/)) if (kind) source.addEventListener(kind, (event) => this.take(kind, event));
    source.addEventListener("behind", () => this.refreshAll());
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) this.poll(Date.now() + AGAIN); };
  }
  /** No stream was free: ask, and look for a stream again after a minute. */
  async poll(until) {
    const answer = await fetch(`${this.dataset.poll}?after=${this.last ?? ""}`).then((response) => (response.ok ? response.json() : null)).catch(() => null);
    if (answer) {
      if (answer.behind) this.refreshAll();
      for (const { kind, ids } of answer.events) this.tell(kind, (ids ?? []).map(String));
      this.last = answer.last;
    }
    this.polling = setTimeout(() => {
      this.polling = null;
      if (Date.now() > until) this.open(); else this.poll(until);
    }, document.hidden ? AGAIN : POLL);
  }
  take(kind, event) {
    let data = {};
    try { data = JSON.parse(event.data); } catch { return; }
    this.tell(kind, (data.ids ?? []).map(String));
  }
  tell(kind, ids) {
    const name = short(kind);
    for (const type of [`danshu:${name}`, "danshu:any"]) document.dispatchEvent(new CustomEvent(type, { detail: { kind: name, ids } }));
    for (const badge of all("[data-live-badge]")) if (badge.dataset.liveBadge === name) badge.dataset.new = "";
    for (const element of all("[data-live-kinds]")) if (element.dataset.liveKinds.split(/\s+/).map(short).includes(name)) this.touch(element, ids);
  }
  touch(element, ids) {
    const own = element.dataset.liveIds?.split(/[\s,]+/).filter(Boolean);
    const mine = own ? ids.filter((id) => own.includes(id)) : ids;
    if (own && ids.length && !mine.length) return;
    const seen = this.waiting.get(element) ?? new Set();
    (mine.length ? mine : [""]).forEach((id) => seen.add(id));
    this.waiting.set(element, seen);
    this.timer ||= setTimeout(() => this.flush(), QUIET);
  }
  flush() {
    this.timer = 0;
    const now = Date.now();
    let soonest = Infinity;
    for (const [element, ids] of this.waiting) {
      if (!element.isConnected) { this.waiting.delete(element); continue; }
      if (isBusy(element)) { this.offer(element, ids.size); continue; }
      const rest = (this.shown.get(element.id) ?? 0) + Number(element.dataset.liveGap || GAP) - now;
      if (rest > 0) { soonest = Math.min(soonest, rest); continue; }
      this.waiting.delete(element);
      this.refresh(element);
    }
    if (soonest < Infinity) this.timer = setTimeout(() => this.flush(), soonest);
  }
  offer(element, count) {
    let bar = element.previousElementSibling?.matches(".fresh") ? element.previousElementSibling : null;
    if (!bar) {
      bar = document.createElement("div");
      bar.className = "fresh";
      bar.setAttribute("role", "status");
      const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: this.dataset.refresh });
      button.addEventListener("click", () => { bar.remove(); this.waiting.delete(element); this.refresh(element); });
      bar.append(document.createElement("span"), button);
      element.before(bar);
    }
    bar.firstChild.textContent = fill(element.dataset.liveText || this.dataset.changed, { n: count });
  }
  refresh(element) {
    if (element.previousElementSibling?.matches(".fresh")) element.previousElementSibling.remove();
    if (!element.id || !window.htmx) return;
    this.shown.set(element.id, Date.now());
    const from = element.dataset.liveSrc || location.pathname + location.search;
    // each its own source: htmx lets one request of a source wait for another and drops the rest
    window.htmx.ajax("GET", from, { source: element, target: `#${element.id}`, swap: element.dataset.liveSwap || "outerMorph", select: `#${element.id}` });
  }
  refreshAll() { for (const element of all("[data-live-kinds]")) this.touch(element, []); }
});
