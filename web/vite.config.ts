import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  plugins: [react()],
  resolve: {
    // The same two patterns as "imports" in package.json: the dashboard sees contracts and the kernel, and nothing else of src.
    alias: [
      { find: /^#([a-z]+)\/contract$/, replacement: here("../src/$1/contract.ts") },
      { find: /^#kernel$/, replacement: here("../src/kernel/index.ts") },
    ],
  },
  build: {
    outDir: here("../dist/web"),
    emptyOutDir: true,
    target: "es2024",
    // Fonts and pictures as data: URLs would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // One file of 750 kB, 230 kB compressed: split, it would come in no faster over a loopback or a campus network.
    chunkSizeWarningLimit: 900,
  },
});
