// <ds-swipe data-next="printed"> around one .oc card on a phone: a swipe to the right of 96 px does what the card's button does.
// It says so with `order-move` {no, id, to, card, back()}; ds-kanban around it moves the card.
// It never starts within 24 px of the left edge: that is the system's way back.
import { fire, one } from "./page.js";

const EDGE = 24, START = 10, FAR = 96;

customElements.define("ds-swipe", class extends HTMLElement {
  connectedCallback() {
    const card = one(".oc", this);
    if (!card) return;
    card.style.touchAction = "pan-y";
    let from = null, dx = 0, on = false;
    card.addEventListener("pointerdown", (event) => { from = event.pointerType !== "mouse" && event.clientX > EDGE ? event : null; on = false; dx = 0; });
    card.addEventListener("pointermove", (event) => {
      if (!from) return;
      dx = event.clientX - from.clientX;
      if (!on && Math.abs(dx) > START && Math.abs(dx) > Math.abs(event.clientY - from.clientY)) { on = true; card.setPointerCapture(event.pointerId); this.classList.add("moving"); }
      if (on) { card.style.setProperty("--dx", `${Math.max(0, dx)}px`); this.toggleAttribute("data-armed", dx > FAR); }
    });
    const up = () => { if (on && dx > FAR) this.commit(card); else if (on) this.back(card); from = null; on = false; };
    card.addEventListener("pointerup", up);
    card.addEventListener("pointercancel", () => { this.back(card); from = null; on = false; });
  }
  back(card) { card.style.removeProperty("--dx"); this.classList.remove("moving"); this.hidden = false; }
  commit(card) {
    navigator.vibrate?.(12);
    this.hidden = true;
    fire(card, "order-move", { no: card.dataset.no, id: card.dataset.id, to: this.dataset.next, card, back: () => this.back(card) });
  }
});
