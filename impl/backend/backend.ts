/**
 * # Backends of tfjs
 *
 * Everything in this folder's implementations is written once against tfjs-core and runs on whichever backend is started here.
 */
import { existsSync } from "node:fs";
import Module from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { type BackendName, backendNames, located, packagesOf } from "#impl/backend/place";
import { SpecError } from "#spec/error";

export interface Backend {
  readonly name: BackendName;
  /** Releases and the device, for reports. */
  readonly runtime: Readonly<Record<string, string>>;
  /** Whether tensors can be read back without waiting. */
  readonly sync: boolean;
}

/**
 * Starts a backend and makes it tfjs's current one; without a name the fastest that starts. `root` is where backends were installed.
 * Throws `backend-unavailable` with the reason and the command that mends it.
 */
export async function startBackend(name: BackendName | null, root: string | null = null): Promise<Backend> {
  tf.enableProdMode();
  if (name !== null) return start(name, root);
  for (const one of backendNames) {
    if (one === "cpu" || one === "webgpu" || located(one, root) === null) continue;
    try {
      return await start(one, root);
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
    }
  }
  return start("cpu", root);
}

/** Makes a started backend the current one: two subjects may share a process. */
export function useBackend({ name }: Backend): void {
  // Of a backend that is initialised, the whole of it happens before the promise is returned.
  if (tf.getBackend() !== name) void tf.setBackend(name);
}

async function start(name: BackendName, root: string | null): Promise<Backend> {
  const from = located(name, root);
  if (from === null)
    throw unavailable(name, `${packagesOf[name].join(" and ")} not found`, `install it with: lawbook backend install ${name}`);
  let runtime: Readonly<Record<string, string>>;
  try {
    runtime = await loaders[name](from);
    if (!(await tf.setBackend(name))) throw new Error("tfjs could not initialise it");
    await tf.ready();
  } catch (cause) {
    throw unavailable(name, cause instanceof Error ? cause.message : String(cause), hints[name], cause);
  }
  return {
    name,
    sync: name !== "webgpu",
    runtime: { "@tensorflow/tfjs-core": tf.version_core, backend: name, ...runtime, ...described(name) },
  };
}

function unavailable(name: BackendName, why: string, hint: string, cause?: unknown): SpecError {
  return new SpecError("backend-unavailable", `backend ${name}: expected it to start, got: ${why}`, { hint, cause });
}

const hints: Readonly<Record<BackendName, string>> = {
  tensorflow: "its addon is built by: lawbook backend install tensorflow",
  webgpu:
    "it needs a Vulkan, Metal or Direct3D driver; without a GPU, SwiftShader of Debian's chromium and libvulkan1 serve: VK_DRIVER_FILES",
  wasm: "install it again with: lawbook backend install wasm",
  cpu: "this comes with lawbook: reinstall it",
};

const loaders: Readonly<Record<BackendName, (from: NodeJS.Require) => Promise<Record<string, string>>>> = {
  async tensorflow(from) {
    // TensorFlow greets on stderr below this level.
    process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
    withOwnCore(() => from("@tensorflow/tfjs-node-gpu"));
    return {};
  },
  async webgpu(from) {
    const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";
    if (process.platform === "linux" && existsSync(swiftShader)) process.env["VK_DRIVER_FILES"] ??= swiftShader;
    // The Vulkan loader complains on stderr where there is no such folder, and goes on without.
    if (process.platform === "linux") process.env["XDG_RUNTIME_DIR"] ??= tmpdir();
    const dawn = (await import(pathToFileURL(from.resolve("webgpu")).href)) as {
      readonly create: (flags: readonly string[]) => GPU;
      readonly globals: object;
    };
    Object.assign(globalThis, dawn.globals);
    const gpu = dawn.create([]);
    if ((await gpu.requestAdapter()) === null) throw new Error("no adapter: there is no driver that Dawn can use");
    const navigator: object = (globalThis as { readonly navigator?: object }).navigator ?? {};
    Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
    withOwnCore(() => from("@tensorflow/tfjs-backend-webgpu"));
    return {};
  },
  async wasm(from) {
    withOwnCore(() => from("@tensorflow/tfjs-backend-wasm"));
    return {};
  },
  async cpu() {
    await import("@tensorflow/tfjs-backend-cpu");
    return {};
  },
};

interface GPU {
  readonly requestAdapter: () => Promise<object | null>;
}

/** Device and library as the backend itself reports them. */
function described(name: BackendName): Record<string, string> {
  if (name !== "tensorflow") return {};
  const node = tf.backend() as unknown as { readonly binding?: { readonly TF_Version?: string }; readonly isUsingGpuDevice?: boolean };
  return { tensorflow: node.binding?.TF_Version ?? "unknown", device: node.isUsingGpuDevice === true ? "CUDA" : "CPU" };
}

type Resolver = (request: string, ...rest: readonly unknown[]) => string;

/** While `load` runs, whoever asks for tfjs-core or its cpu backend gets ours: two cores would be two worlds of tensors. */
function withOwnCore(load: () => unknown): void {
  const loader = Module as unknown as { _resolveFilename: Resolver };
  const usual = loader._resolveFilename;
  const here = [path.dirname(fileURLToPath(import.meta.url))];
  loader._resolveFilename = (request, ...rest) =>
    /^@tensorflow\/tfjs-(core|backend-cpu)(\/|$)/.test(request)
      ? usual.call(loader, request, null, false, { paths: here })
      : usual.call(loader, request, ...rest);
  try {
    load();
  } finally {
    loader._resolveFilename = usual;
  }
}
