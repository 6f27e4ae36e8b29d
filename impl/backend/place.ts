/**
 * # Where backends lie
 *
 * Only `cpu` comes with lawbook; the others are heavy, and are found in the user's project or in a folder that `lawbook backend install`
 * filled. Nothing of tfjs is loaded here.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

export type BackendName = "tensorflow" | "webgpu" | "wasm" | "cpu";

/** Fastest first. `webgpu` starts only when it is named: what it computes cannot be read without waiting. */
export const backendNames: readonly BackendName[] = ["tensorflow", "webgpu", "wasm", "cpu"];

/** What each needs from npm; the release of tfjs must be that of tfjs-core. */
export const packagesOf: Readonly<Record<BackendName, readonly string[]>> = {
  tensorflow: ["@tensorflow/tfjs-node-gpu"],
  webgpu: ["@tensorflow/tfjs-backend-webgpu", "webgpu"],
  wasm: ["@tensorflow/tfjs-backend-wasm"],
  cpu: [],
};

/** Resolves as lawbook itself does. */
const own: NodeJS.Require = createRequire(import.meta.url);

/** The release of tfjs that lawbook runs on, and that every backend must have. */
export function tfjsVersion(): string {
  const { version } = own("@tensorflow/tfjs-core/package.json") as { readonly version: string };
  return version;
}

/** The folder below `root` into which a backend is installed. */
export function backendFolder(root: string, name: BackendName): string {
  return path.join(root, "backends", `${name}-${tfjsVersion()}`);
}

/** From where the packages of a backend can be loaded: the project itself, or the folder they were installed into. */
export function located(name: BackendName, root: string | null): NodeJS.Require | null {
  const folders = [own, ...(root === null ? [] : [createRequire(path.join(backendFolder(root, name), "package.json"))])];
  return folders.find((from) => packagesOf[name].every((wanted) => resolves(from, wanted))) ?? null;
}

function resolves(from: NodeJS.Require, wanted: string): boolean {
  try {
    return existsSync(from.resolve(wanted));
  } catch {
    return false;
  }
}
