// <ds-scan data-result="right|wrong|done" data-no-camera="…" data-queued="{n} …"> around a form with an input[name=code].
// Sounds and buzzes its result when it appears; [data-camera] reads codes with the camera where the browser can; scans made offline wait in
// the phone with their time (`at`) and are sent when the network is back. Dispatches `scan-code` {code} before it sends; prevent to handle it.
import { fill, fire, one, post, say } from "./page.js";

const FORMATS = ["code_128", "code_39", "ean_13", "ean_8", "itf", "qr_code", "upc_a"];
const SOUNDS = { right: [[1400, 0.09]], done: [[1400, 0.08], [1900, 0.12]], wrong: [[180, 0.55]] };
const BUZZ = { right: 40, done: [40, 60, 40], wrong: [200, 100, 200] };

function sound(result) {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return;
  const context = (sound.context ??= new Context());
  let at = context.currentTime;
  for (const [pitch, length] of SOUNDS[result] ?? []) {
    const tone = context.createOscillator(), volume = context.createGain();
    tone.type = result === "wrong" ? "square" : "sine";
    tone.frequency.value = pitch;
    volume.gain.value = 0.2;
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + length);
    at += length + 0.03;
  }
}

customElements.define("ds-scan", class extends HTMLElement {
  connectedCallback() {
    this.form = one("form", this);
    this.input = one("input[name=code]", this);
    const result = this.dataset.result;
    if (result && !matchMedia("(prefers-reduced-motion: reduce)").matches) navigator.vibrate?.(BUZZ[result] ?? 0);
    if (result) try { sound(result); } catch { /* no sound before the first touch */ }
    const camera = one("[data-camera]", this);
    if (camera) { camera.hidden = !("BarcodeDetector" in window && navigator.mediaDevices); camera.addEventListener("click", () => this.look()); }
    document.addEventListener("scan", (this.scanned = (event) => { event.preventDefault(); this.take(event.detail.code); }));
    this.form?.addEventListener("submit", (event) => { if (!navigator.onLine) { event.preventDefault(); this.keep(this.input.value); this.input.value = ""; } });
    addEventListener("online", (this.online = () => this.send()));
    if (navigator.onLine) this.send();
    if (this.input && !matchMedia("(pointer: coarse)").matches) this.input.focus();
  }
  disconnectedCallback() { document.removeEventListener("scan", this.scanned); removeEventListener("online", this.online); this.stop(); }
  take(code) {
    if (!this.input || !fire(this, "scan-code", { code })) return;
    this.input.value = code;
    this.form.requestSubmit();
  }
  get key() { return `danshu-scans:${this.form?.action}`; }
  get kept() { return JSON.parse(localStorage.getItem(this.key) || "[]"); }
  keep(code) {
    if (!code) return;
    localStorage.setItem(this.key, JSON.stringify([...this.kept, { code, at: new Date().toISOString() }]));
    this.tell();
  }
  tell() {
    const note = one("[data-queue]", this);
    if (note) { note.hidden = !this.kept.length; note.textContent = fill(this.dataset.queued, { n: this.kept.length }); }
  }
  async send() {
    for (const scan of this.kept) {
      const data = new FormData(this.form);
      data.set("code", scan.code);
      data.set("at", scan.at);
      if (!await post(this.form.action, data).catch(() => null)) break;
      localStorage.setItem(this.key, JSON.stringify(this.kept.slice(1)));
    }
    this.tell();
  }
  async look() {
    if (this.stream) { this.stop(); return; }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch { say(this.dataset.noCamera || "", { error: true }); return; }
    this.video = Object.assign(document.createElement("video"), { srcObject: this.stream, playsInline: true, muted: true, className: "scan-video" });
    this.prepend(this.video);
    await this.video.play();
    const detector = new window.BarcodeDetector({ formats: FORMATS });
    const read = async () => {
      if (!this.stream) return;
      const [found] = await detector.detect(this.video).catch(() => []);
      if (found) { this.stop(); this.take(found.rawValue); return; }
      setTimeout(read, 150);
    };
    read();
  }
  stop() { this.stream?.getTracks().forEach((track) => track.stop()); this.stream = null; this.video?.remove(); }
});
