// <ds-upload><form method="post" enctype="multipart/form-data"><input type="file"/><progress hidden/></form></ds-upload>:
// drop files anywhere on it; sends with a progress bar, then goes where the answer points. data-auto sends as soon as a file is chosen.
import { one, showToasts, token } from "./page.js";

customElements.define("ds-upload", class extends HTMLElement {
  connectedCallback() {
    this.form = one("form", this);
    this.input = one("input[type=file]", this);
    if (!this.form || !this.input) return;
    const zone = one(".drop", this) ?? this;
    for (const name of ["dragenter", "dragover"]) this.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) this.addEventListener(name, () => zone.classList.remove("over"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      this.input.files = event.dataTransfer.files;
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    this.input.addEventListener("change", () => {
      const label = one("[data-names]", this);
      if (label) label.textContent = [...this.input.files].map((file) => file.name).join(" · ");
      if (this.hasAttribute("data-auto") && this.input.files.length) this.form.requestSubmit();
    });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(event.submitter); });
  }
  send(button) {
    const request = new XMLHttpRequest();
    const bar = one("progress", this);
    const data = new FormData(this.form);
    if (button?.name) data.append(button.name, button.value);
    if (bar) { bar.hidden = false; bar.max = 1; bar.value = 0; }
    button?.setAttribute("aria-busy", "true");
    request.upload.addEventListener("progress", (event) => { if (bar && event.lengthComputable) bar.value = event.loaded / event.total; });
    request.addEventListener("loadend", () => {
      button?.removeAttribute("aria-busy");
      if (bar) bar.hidden = true;
      this.answered(request);
    });
    request.open("POST", this.form.action);
    request.setRequestHeader("X-CSRFToken", token());
    request.send(data);
  }
  answered(request) {
    if (request.status >= 200 && request.status < 400) {
      const answered = request.responseURL.split("#")[0], here = location.href.split("#")[0];
      if (answered && answered !== here && answered === this.form.action) { this.show(request); return; } // no redirect: the answer is the page
      if (answered && answered !== here) { location.href = request.responseURL; return; }
      location.reload();
      return;
    }
    if (showToasts(request.responseText)) return;
    if (!this.show(request) && this.dataset.failed) one("#say").textContent = this.dataset.failed;
  }
  show(request) {
    const main = request.status && one("#main", new DOMParser().parseFromString(request.responseText, "text/html"));
    if (main) one("#main").replaceChildren(...main.childNodes);
    return Boolean(main);
  }
});
