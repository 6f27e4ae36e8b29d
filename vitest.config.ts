import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  ssr: { resolve: { conditions: ["source"] } },
  test: { include: ["**/*.test.ts"], exclude: ["node_modules/**", "dist/**"], testTimeout: 60_000 },
});

export default config;
