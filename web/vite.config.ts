import { copyFileSync } from "node:fs";
import { defineConfig } from "vite";

// Plain names: the program gives each part an ETag. The worker is a file of its own, since the page's
// Content-Security-Policy lets no script be made from a blob.
export default defineConfig({
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2020",
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: "src/embed.ts",
      output: { format: "iife", entryFileNames: "embed.js", assetFileNames: "[name][extname]" },
    },
    cssCodeSplit: false,
  },
  plugins: [
    {
      name: "maplibre-worker",
      closeBundle() {
        copyFileSync("node_modules/maplibre-gl/dist/maplibre-gl-csp-worker.js", "dist/maplibre-worker.js");
      },
    },
  ],
});
