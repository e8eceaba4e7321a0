import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { transformSync } from "esbuild";
import { defineConfig } from "vite";

// Plain names: the program gives each part an ETag. The map library is a part of its own, which the application asks for only once
// its first view stands. Its worker is a file, since the pages' Content-Security-Policy lets no script be made from a blob.
export default defineConfig({
  base: "./",
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    modulePreload: false,
    rollupOptions: {
      input: { app: "src/app.ts", embed: "src/embed.ts", import: "src/import.ts" },
      output: {
        format: "es",
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        manualChunks: (id) => (id.includes("node_modules/maplibre-gl") || id.endsWith("src/maplibre.ts") ? "maplibre" : undefined),
      },
    },
  },
  plugins: [
    {
      name: "maplibre-worker-and-styles",
      closeBundle() {
        const library = "node_modules/maplibre-gl/dist/";
        copyFileSync(`${library}maplibre-gl-csp-worker.js`, "dist/maplibre-worker.js");
        for (const [from, to] of [[`${library}maplibre-gl.css`, "maplibre"], ["src/embed.css", "embed"]]) {
          writeFileSync(`dist/${to}.css`, transformSync(readFileSync(from, "utf8"), { loader: "css", minify: true }).code);
        }
        // Compressed once and for good: the program sends these bytes to whoever takes Brotli.
        for (const file of readdirSync("dist").filter((name) => /\.(js|css)$/.test(name))) {
          writeFileSync(`dist/${file}.br`, brotliCompressSync(readFileSync(`dist/${file}`)));
        }
      },
    },
  ],
});
