// <ds-toast class="toast">: goes after 6 seconds (errors after 12), waits while the pointer or the focus is on it.
customElements.define("ds-toast", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => event.target.closest("[data-close]") && this.remove());
    for (const name of ["pointerenter", "focusin"]) this.addEventListener(name, () => clearTimeout(this.timer));
    for (const name of ["pointerleave", "focusout"]) this.addEventListener(name, () => this.wait());
    this.wait();
  }
  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.remove(), this.classList.contains("error") ? 12000 : 6000);
  }
  disconnectedCallback() { clearTimeout(this.timer); }
});
