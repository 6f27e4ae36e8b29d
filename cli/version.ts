/**
 * What this copy of lawbook runs on.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, platform } from "node:os";
import { fileURLToPath } from "node:url";

/** The package's own folder: one above in a checkout, two above where it is built. */
function packageFile(): URL {
  const near = new URL("../package.json", import.meta.url);
  return existsSync(fileURLToPath(near)) ? near : new URL("../../package.json", import.meta.url);
}

export function lawbookVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile(), "utf8")) as { readonly version: string };
  return version;
}

/** Versions that a verdict may depend on. */
export function versions(): Readonly<Record<string, string>> {
  const require = createRequire(import.meta.url);
  const of = (name: string): string =>
    (JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8")) as { readonly version: string }).version;
  return { lawbook: lawbookVersion(), node: process.versions.node, "fast-check": of("fast-check"), mathjs: of("mathjs") };
}

export function device(): Readonly<Record<string, string>> {
  return { platform: `${platform()} ${arch()}`, cpu: cpus()[0]?.model ?? "unknown", cores: String(availableParallelism()) };
}
