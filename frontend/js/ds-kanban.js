// <ds-kanban data-failed="…"> with columns [data-state] (data-accepts: cards may be dropped there) holding .list of cards: drag a card
// to another column. A drag, a swipe and the card's own buttons all post to its [data-move]; then the board is fetched again, so that
// every card, number and button is the server's. A card that may not move goes back, with the reason as a toast.
import { all, one, post, say } from "./page.js";

let loading;
function sortable() {
  if (window.Sortable) return Promise.resolve(window.Sortable);
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = one("meta[name=ds-sortable]").content;
    script.onload = () => done(window.Sortable);
    script.onerror = failed;
    document.head.append(script);
  });
  return loading;
}

customElements.define("ds-kanban", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("order-move", (event) => { event.preventDefault(); this.move(event.detail.card, event.detail.to, event.detail.back); });
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[form=mover]");
      if (!button) return;
      event.preventDefault();
      const details = button.closest("details");
      if (details) details.open = false;
      this.move(button.closest(".oc"), button.value, () => {});
    });
    this.arm();
    this.sort();
    document.addEventListener("htmx:after:swap", (this.swapped = () => { this.show(); this.arm(); this.sort(); }));
  }
  disconnectedCallback() {
    document.removeEventListener("htmx:after:swap", this.swapped);
    this.sorts?.forEach((sort) => sort.destroy());
  }
  // The server's board has every card that is still in its column: one that a swipe hid and that came back (taken back at once, by
  // the toast or by somebody else) is seen again.
  show() { for (const swipe of all("ds-swipe[hidden]", this)) swipe.back(one(".oc", swipe) ?? swipe); }
  // On phones each card with a next step swipes: it gets the element around it, and what the swipe uncovers.
  arm() {
    if (!matchMedia("(max-width: 760px)").matches) return;
    for (const card of all(".list > .oc", this)) {
      const button = one(".quick > button[name=to]", card);
      if (!button) continue;
      const swipe = document.createElement("ds-swipe"), under = document.createElement("div");
      swipe.className = `swipe tone-${one(`[data-state="${button.value}"]`, this)?.dataset.tone ?? "violet"}`;
      swipe.dataset.next = button.value;
      under.className = "act";
      under.setAttribute("aria-hidden", "true");
      under.append(...[...button.childNodes].map((node) => node.cloneNode(true)));
      card.replaceWith(swipe);
      swipe.append(under, card);
    }
  }
  sort() {
    if (matchMedia("(max-width: 760px), (hover: none)").matches) return; // phones swipe
    sortable().then((Sortable) => {
      if (!this.isConnected) return;
      this.sorts?.forEach((sort) => sort.destroy());
      for (const own of all(".list :is(a, img)", this)) own.draggable = false; // a card is taken by its number or picture as well
      this.sorts = all(".list", this).map((list) => Sortable.create(list, {
        group: { name: "orders", put: list.closest("[data-state]").hasAttribute("data-accepts") }, sort: false, draggable: ".oc", animation: 140,
        ghostClass: "ghost", dragClass: "lift", filter: "button, summary, details", preventOnFilter: false,
        onEnd: (event) => this.dropped(event),
      }));
    });
  }
  dropped(event) {
    if (event.from === event.to) return;
    const card = event.item;
    const back = () => event.from.insertBefore(event.item, event.from.children[event.oldIndex] ?? null);
    this.move(card, event.to.closest("[data-state]").dataset.state, back);
  }
  async move(card, to, back) {
    const url = one("[data-move]", card)?.dataset.move;
    if (!url) { back(); return; }
    const values = new FormData(one("#mover"));
    values.set("to", to);
    const answer = await post(url, values).catch(() => null);
    if (!answer?.ok) {
      back();
      if (!answer || !answer.html.includes("ds-toast")) say(this.dataset.failed, { error: true });
      return;
    }
    window.htmx?.ajax("GET", one("#board").dataset.liveSrc, { target: "#board", swap: "outerMorph", select: "#board" });
  }
});
