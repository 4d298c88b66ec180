// Runs before Gradio. When a page is left, Gradio closes its streams, takes that for a lost server,
// and loads the page again after two seconds: where a busy server needs longer for the page that
// somebody goes to, they would come back. The browser closes the streams of a page by itself.
addEventListener("beforeunload", (event) => event.stopImmediatePropagation());

// Gradio looks through the targets of all listeners for each component, through Svelte's deep
// proxies, before it draws anything. Svelte leaves alone what is no plain array;
// listeners never change. At this moment the configuration is there, and no script of Gradio runs yet.
class Fixed extends Array {}
document.addEventListener(
  "readystatechange",
  () => {
    const { dependencies } = /** @type {any} */ (window).gradio_config;
    for (const listener of dependencies) {
      for (const target of listener.targets) Object.setPrototypeOf(target, Fixed.prototype);
      Object.setPrototypeOf(listener.targets, Fixed.prototype);
    }
    Object.setPrototypeOf(dependencies, Fixed.prototype);
  },
  { once: true },
);
