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

export default defineConfig({
  plugins: [react(), sonnerWithoutInlineStyle],
  optimizeDeps: { exclude: ["sonner"] }, // or the plugin would not see it in `yarn dev`
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
