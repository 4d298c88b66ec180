// The grid as a component: its value says which samples.

import { h } from "../../shared/dom.js";
import { hear } from "../../shared/page.js";
import { gridParts } from "../sample_grid.js";

const flat = (card) => ({
  ...card,
  label: card.state.label,
  status: card.state.status,
  state: JSON.stringify(card.state),
});
const typed = ({ id, state }) => ({ id, state: JSON.parse(state) });

// Lets the modules written for the older server functions speak to the component's own.
function adapted(server, at) {
  const page = (found) =>
    found.error
      ? found
      : ((at.query = found.query),
        {
          ...found,
          params: found.address,
          cards: found.cards.map(flat),
        });
  const done = (found) =>
    found.error
      ? found
      : {
          ...found,
          cards: found.cards.map(flat),
          siblings: found.siblings.map(flat),
        };
  const order = ({ kind, who, label, patient, join, reason, note }) => ({
    kind,
    who,
    label,
    patient,
    join,
    reason,
    note,
    shown: at.query,
  });
  return {
    page,
    grid_page: async ({ offset, leaving = [] }) =>
      page(await server.get_page({ query: at.query, offset, leaving })),
    grid_cards: async ({ ids }) => done({ siblings: [], ...(await server.get_cards({ ids })) }),
    grid_decide: async (asked) =>
      done(await server.decide({ ...order(asked), choices: asked.choices.map(typed) })),
    grid_decide_matching: async (asked) =>
      done(
        await server.decide({
          ...order(asked),
          ids: asked.ids,
          matching: { query: at.query, count: asked.count, ledger: asked.ledger },
        }),
      ),
    grid_undo: async ({ who, batch, sample, ids }) =>
      done(await server.take_back({ who, batch, sample, ids })),
    grid_redo: async ({ who, ids }) => done(await server.take_back({ who, redo: true, ids })),
  };
}

export function mount({ element, props, server, trigger, watch }) {
  const at = { query: null };
  const old = adapted(server, at);
  const { grid, pager, dock } = gridParts(old);
  const none = h("p", { class: "mpx-none", data: { testid: "grid-none" } }, "No photographs here.");
  const root = h(
    "div",
    { class: "mpx mpx-grid-only" },
    pager.element,
    grid.element,
    none,
    dock.element,
  );
  element.querySelector(".mpx-grid-root").replaceChildren(root);
  const follow = async () => {
    const { value } = props;
    root.hidden = !value;
    if (!value) return;
    await grid.show(old.page(value.page));
    none.hidden = grid.total > 0;
  };
  watch("value", follow);
  hear("saved", ({ revision }) =>
    trigger("decided", { kind: "", applied: 1, refused: 0, revision }),
  );
  follow();
}
