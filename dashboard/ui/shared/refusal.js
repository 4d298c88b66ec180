// Says why what was pressed in a panel has not been done.

import { tellFailure } from "./notices.js";
import { Failure } from "./page.js";

export function mount({ props, watch }) {
  watch("value", () => props.value && tellFailure(new Failure(props.value.error)));
}
