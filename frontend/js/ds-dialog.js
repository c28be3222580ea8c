// data-dialog="#id" opens a <dialog>; <a data-ask href> fetches the confirm page of that address into one; [data-close] closes it.
import { one, say } from "./page.js";

async function ask(link) {
  const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
  const found = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".confirm");
  if (!response.ok || !found) { location.href = link.href; return; }
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.append(document.adoptNode(found));
  document.body.append(dialog);
  window.htmx?.process(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) { one(opener.dataset.dialog)?.showModal(); event.preventDefault(); return; }
  const link = event.target.closest("a[data-ask]");
  if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); ask(link); return; }
  const closer = event.target.closest("dialog [data-close]");
  if (closer) { event.preventDefault(); closer.closest("dialog").close(); return; }
  if (event.target.closest("[data-back]")) history.back();
});

// data-copies="#field": copies what stands in the field and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const field = one(button.dataset.copies);
  field.select?.();
  await navigator.clipboard?.writeText(field.value ?? field.textContent).catch(() => document.execCommand("copy"));
  say(button.dataset.done || "");
});
