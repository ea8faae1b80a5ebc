/** Builds the page: hashed names, no inline script, a compressed copy beside each text file. */
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { layers } from "./plugins/layers.ts";
import { precompress } from "./plugins/precompress.ts";

const server = process.env["FAMILIAR_URL"] ?? "http://127.0.0.1:7420";

export default defineConfig({
  plugins: [react(), layers(), precompress()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2023",
    // A data: URL for a small file would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: "vendor",
              test: /node_modules[\\/](react|react-dom|scheduler|@tanstack|radix-ui|@radix-ui|@floating-ui|aria-hidden|react-remove-scroll[^\\/]*|react-style-singleton|use-callback-ref|use-sidecar|get-nonce|tslib|lucide-react)[\\/]/,
            },
            // Other languages are files of their own: each is loaded only by those who chose it. So is what shows Markdown and
            // pictures: only screens with messages need it.
            {
              name: "base",
              test: /src[\\/](ui|lib)[\\/](?!markdown[\\/]|image-strip|i18n[\\/](de|es|zh|ar)[\\/.]).*\.tsx?$/,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(
      ["/api", "/v1", "/anthropic", "/health"].map((path) => [
        path,
        { target: server, changeOrigin: true, headers: { origin: server } },
      ]),
    ),
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}", "plugins/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
