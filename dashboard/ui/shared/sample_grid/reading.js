// A blind second reading: who reads sees the photograph, and nothing that others have said of it.

/** Ids that have been read since it began, one list for each decision. @type {string[][]} */
const batches = [];

export const blind = () => document.body.classList.contains("mpx-blind");

/** All grids of the page read blind, or none. @param {boolean} on */
export function setBlind(on) {
  batches.length = 0;
  document.body.classList.toggle("mpx-blind", on);
  document.dispatchEvent(new Event("mpx-blind"));
}

/** @param {Iterable<string>} ids */
export const noteRead = (ids) => batches.push([...ids]);
export const forgetLast = () => batches.pop();
/** @param {string} id */
export const isRead = (id) => batches.some((ids) => ids.includes(id));
