// A blind second reading: who reads sees the photograph, and nothing that others have said of it.

import { tell } from "../shared/page.js";

const batches = []; // Ids that have been read since it began, one list for each decision.

export const blind = () => document.body.classList.contains("mpx-blind");

export function setBlind(on) {
  batches.length = 0;
  document.body.classList.toggle("mpx-blind", on);
  tell("blind", on);
}

export const noteRead = (ids) => batches.push([...ids]);
export const forgetLast = () => batches.pop();
export const isRead = (id) => batches.some((ids) => ids.includes(id));
