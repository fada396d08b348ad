import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * Sonner adds its style sheet to the page from JavaScript, which the server's Content-Security-Policy
 * forbids. main.tsx imports the same sheet as a file instead, so the call is taken out.
 */
const sonnerWithoutInlineStyle: Plugin = {
  name: "sonner-without-inline-style",
  transform(code, id) {
    if (!/[\\/]sonner[\\/]dist[\\/]index\.mjs/.test(id)) return;
    const without = code.replace(/^__insertCSS\(".*"\);$/m, "");
    if (without === code) this.error("sonner no longer calls __insertCSS: look again");
    return { code: without, map: null };
  },
};

/** Files below this many bytes are not worth compressing. */
const SMALL_BYTES = 1024;

/** Leaves `x.br` and `x.gz` beside `x`: ws-demo serves them to who takes them. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  closeBundle() {
    const folder = join(import.meta.dirname, "dist");
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!/\.(html|js|css|svg)$/.test(name)) continue;
      const bytes = readFileSync(join(folder, name));
      if (bytes.length < SMALL_BYTES) continue;
      writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes));
      writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    }
  },
};

export default defineConfig({
  plugins: [react(), sonnerWithoutInlineStyle, compressed],
  optimizeDeps: { exclude: ["sonner"] }, // or the plugin would not see it in `yarn dev`
  // `yarn preview` serves the page as if it came from a ws-demo on port 9001.
  preview: {
    proxy: {
      "/ws": { target: "ws://localhost:9001", ws: true },
      "/readyz": "http://localhost:9001",
    },
  },
  build: { sourcemap: false, assetsInlineLimit: 0 },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          environment: "jsdom",
          include: ["src/**/*.test.{ts,tsx}"],
          setupFiles: ["src/test-setup.ts"],
          restoreMocks: true,
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
