// The first photographs are asked for at once, while Gradio still loads its page.

/** @import { Page } from "../../../schemas/browser" */

// Not "page": Gradio keeps that name for pages of its own, and answers others with an error.
export const START = "start";
const { search } = location;
/** @type {Promise<Page> | null} */
let first = isAsked(new URLSearchParams(search)) ? ask() : null;
first?.catch(() => {}); // The grid asks again, and tells a person what is wrong.

/** @param {URLSearchParams} params */
function isAsked(params) {
  const elsewhere = params.has("view") || params.has(START);
  return ["", "curate"].includes(params.get("tab") ?? "") && !elsewhere;
}

/** @returns {Promise<Page>} */
async function ask() {
  const answer = await fetch(`/first-page${search}`);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

/** The page that the address names, where that is still the one which was opened; once.
 * @returns {Promise<Page> | null} */
export function takeFirst() {
  const taken = location.search === search ? first : null;
  first = null;
  return taken;
}
