// Runs before Gradio. When a page is left, Gradio closes its streams, takes that for a lost server,
// and loads the page again after two seconds: where a busy server needs longer for the page that
// somebody goes to, they would come back. The browser closes the streams of a page by itself.
addEventListener("beforeunload", (event) => event.stopImmediatePropagation());
