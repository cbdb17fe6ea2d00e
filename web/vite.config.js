import { defineConfig } from 'vite';

// The page is served by `cordon serve` from one folder; nothing in it names another host.
export default defineConfig({
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/api': { target: process.env.CORDON_URL ?? 'http://127.0.0.1:8787', ws: true, secure: false } } },
  worker: { format: 'es' },
  test: { include: ['test/**/*.test.ts'], environment: 'node', css: true },
});
