// Calls to the component's methods on the server.

import { Failure } from "../page.js";

/** @import { Cards, Count, DecisionRequest, DecisionResult, Detail, GridView, Page, PageRequest, SampleQuery, UndoRequest } from "../../../schemas/browser" */

/** @typedef {{ error: { title: string, message: string, hint: string } }} Refusal */
/** @template T @typedef {Promise<T | Refusal>} Answering */
/** @typedef {{ value: GridView | null, revision: number }} GridProps */
/** @typedef {{ detail: boolean, address: boolean }} GridGiven */

/**
 * The methods of the component that the browser may call.
 * @typedef {object} GridServer
 * @property {(request: PageRequest) => Answering<Page>} get_page
 * @property {(request: { ids: string[] }) => Answering<Cards>} get_cards
 * @property {(request: { id: string }) => Answering<Detail>} get_detail
 * @property {(request: { query: SampleQuery }) => Answering<Count>} get_count
 * @property {(request: DecisionRequest) => Answering<DecisionResult>} decide
 * @property {(request: UndoRequest) => Answering<DecisionResult>} take_back
 */

/** Returns what a method answered; throws a Failure with words for a person.
 * @template {object} T
 * @param {Promise<T | Refusal>} answering
 * @returns {Promise<T>}
 */
export async function answered(answering) {
  // Gradio hands on a lost connection as no answer, or as an error of its own.
  const answer = await answering.catch(() => null);
  if (!answer) {
    throw new Failure({
      title: "No answer",
      message: "The dashboard did not answer, so this is not known to be done.",
      hint: "Check that it still runs: what it printed where it was started says more.",
    });
  }
  if ("error" in answer) throw new Failure(answer.error);
  return answer;
}
