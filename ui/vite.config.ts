import { readFileSync } from "node:fs";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const faces = ["@fontsource-variable/figtree", "@fontsource/newsreader"];
const browsers = ["chrome123", "firefox121", "safari17.5"];

/** Nothing is painted before the theme is known, and the text font is there by then; licences come with the fonts. */
const page: Plugin = {
  name: "page",
  generateBundle() {
    const source = faces.map((face) => readFileSync(`node_modules/${face}/LICENSE`, "utf8")).join("\n\n");
    this.emitFile({ type: "asset", fileName: "fonts.md", source });
  },
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle }) {
      const font = Object.keys(bundle ?? {}).find((name) => /figtree-latin-wght.*\.woff2$/.test(name));
      const attrs = { rel: "preload", as: "font", type: "font/woff2", crossorigin: true, href: `/${font}` };
      return {
        html: html.replace('<script type="module"', '<script blocking="render" type="module"'),
        tags: font ? [{ tag: "link", injectTo: "head", attrs }] : [],
      };
    },
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), page],
  build: {
    assetsInlineLimit: 0,
    cssTarget: browsers,
    license: { fileName: "licenses.md" },
    modulePreload: { polyfill: false },
    target: browsers,
  },
  server: { host: "127.0.0.1", proxy: { "/v1": "http://127.0.0.1:8000" } },
});
