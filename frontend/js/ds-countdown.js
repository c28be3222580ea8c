// <ds-countdown data-at="ISO" data-left="剩 %s" data-over="已超时 %s" data-units="天|时|分"><svg/><span/></ds-countdown>: ticks with the minute.
import { ticking } from "./page.js";

customElements.define("ds-countdown", class extends ticking(20000) {
  tick() {
    const left = new Date(this.dataset.at) - Date.now();
    const minutes = Math.floor(Math.abs(left) / 60000);
    const [day, hour, minute] = (this.dataset.units || "||").split("|");
    const span = minutes < 60 ? `${minutes}${minute}`
      : minutes < 1440 ? `${Math.floor(minutes / 60)}${hour}${String(minutes % 60).padStart(2, "0")}${minute}`
      : `${Math.floor(minutes / 1440)}${day}${Math.floor((minutes % 1440) / 60)}${hour}`;
    const text = (left > 0 ? this.dataset.left : this.dataset.over).replace("%s", span);
    const label = this.querySelector("span");
    if (label && label.textContent !== text) label.textContent = text;
    const urgency = left <= 0 ? "over" : left < 4 * 3600000 ? "hot" : left < 12 * 3600000 ? "warm" : "calm";
    if (!this.classList.contains(urgency)) { this.classList.remove("over", "hot", "warm", "calm"); this.classList.add(urgency); }
  }
});
