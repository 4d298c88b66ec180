// A classified photograph with its heat map over it; a slider sets how much of it is seen.

import { html } from "../../shared/html.js";
import { setAddress } from "../../shared/page.js";

/** @import { OverlayImage } from "../../../schemas/browser" */

/** Percentage of the heat map that is seen at first. */
const START = 45;

/**
 * The CSS opacity of a slider's position.
 * @param {string | number} percent from 0 to 100
 * @returns {string}
 */
export const opacity = (percent) => String(Math.min(100, Math.max(0, Number(percent) || 0)) / 100);

/**
 * The first image among pasted files.
 * @param {Iterable<File> | ArrayLike<File>} files
 * @returns {File | null}
 */
export const pastedImage = (files) =>
  Array.from(files).find((file) => file.type.startsWith("image/")) ?? null;

/**
 * Hands a pasted image to a file input, as if it had been chosen there.
 * @param {HTMLInputElement} input
 * @param {File} file
 */
function choose(input, file) {
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * @param {{
 *   element: HTMLElement,
 *   props: { value: OverlayImage | null }, given: { paste_into: string },
 *   watch: (name: string, listener: () => void) => void,
 * }} host
 */
export function mount({ element, props, given, watch }) {
  /** @type {HTMLImageElement} */
  const photo = html`<img class="photo">`;
  /** @type {HTMLImageElement} */
  const heat = html`<img class="heat" alt="" hidden>`;
  /** @type {HTMLInputElement} */
  const slider = html`<input type="range" min="0" max="100" value="${START}"
    aria-label="Opacity of the heat map">`;
  const control = html`<label class="opacity"><span>Heat map: where it looked</span>${slider}</label>`;
  const spoken = html`<p class="spoken" role="status"></p>`;
  const figure = /** @type {HTMLElement} */ (element.querySelector(".overlay"));
  figure.replaceChildren(html`<div class="layers">${photo}${heat}</div>`, control, spoken);

  const fade = () => heat.style.setProperty("opacity", opacity(slider.value));
  slider.addEventListener("input", fade);
  heat.addEventListener("load", () => (heat.hidden = false));
  fade();

  const draw = () => {
    const value = props.value;
    figure.hidden = !value;
    spoken.textContent = value?.answer ?? "";
    if (element.offsetParent || value) setAddress({ prediction: String(value?.prediction ?? "") });
    if (!value) return;
    photo.src = value.image;
    photo.alt = value.name;
    heat.hidden = true;
    control.hidden = !value.heat;
    if (value.heat) heat.src = value.heat;
    else heat.removeAttribute("src");
  };
  watch("value", draw);
  if (props.value) draw();

  document.addEventListener("paste", (event) => {
    if (!figure.isConnected) return; // Gradio has mounted the component again.
    const file = pastedImage(event.clipboardData?.files ?? []);
    const input = document.querySelector(`${given.paste_into} input[type=file]`);
    if (
      !file ||
      !(input instanceof HTMLInputElement) ||
      !input.closest(given.paste_into)?.checkVisibility()
    )
      return;
    event.preventDefault();
    choose(input, file);
  });
}
