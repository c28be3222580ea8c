// <ds-menu><details><summary/><div class="menu"/></details></ds-menu>, and any other <details> with a .menu inside:
// closes on Esc and on a click elsewhere, arrows move the focus.
import { all } from "./page.js";

customElements.define("ds-menu", class extends HTMLElement {});

document.addEventListener("keydown", (event) => {
  const details = event.target.closest?.("details[open]");
  if (!details?.querySelector(".menu")) return;
  if (event.key === "Escape") { details.open = false; details.querySelector("summary").focus(); event.stopPropagation(); }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.target.matches("select, textarea, input:not([type=checkbox])")) return;
  const items = all(".menu a, .menu button, .menu input", details).filter((item) => item.checkVisibility?.() ?? true);
  const at = items.indexOf(document.activeElement);
  items[event.key === "ArrowDown" ? (at + 1) % items.length : (at <= 0 ? items.length : at) - 1]?.focus();
  event.preventDefault();
}, true);
document.addEventListener("click", (event) => {
  for (const details of all("details[open]")) if (details.querySelector(".menu") && !details.contains(event.target)) details.open = false;
});
