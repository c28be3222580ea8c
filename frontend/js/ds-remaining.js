// <ds-remaining data-at="ISO" data-over="正在核对" data-units="时|分|秒">4 分 10 秒</ds-remaining>: ticks with the second until the moment is there.
import { ticking } from "./page.js";

customElements.define("ds-remaining", class extends ticking(1000) {
  tick() {
    const left = Math.floor((new Date(this.dataset.at) - Date.now()) / 1000);
    const [hour, minute, second] = this.dataset.units.split("|");
    const text = left <= 0 ? this.dataset.over
      : left >= 3600 ? `${Math.floor(left / 3600)} ${hour} ${Math.floor(left / 60) % 60} ${minute}`
      : left >= 60 ? `${Math.floor(left / 60)} ${minute} ${left % 60} ${second}` : `${left} ${second}`;
    if (this.textContent !== text) this.textContent = text;
  }
});
