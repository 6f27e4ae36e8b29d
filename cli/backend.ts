/**
 * # backend
 *
 * Installs what a backend of tfjs needs, beside lawbook and never by itself: packages from npm without their install scripts, and for
 * TensorFlow its library from PyPI's wheel, against which the addon is built here.
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { exit } from "#cli/exit";
import type { Io } from "#cli/io";
import { unknown } from "#cli/names";
import { startBackend } from "#impl/backend/backend";
import { type BackendName, backendFolder, backendNames, packagesOf, tfjsVersion } from "#impl/backend/place";
import { SpecError } from "#spec/error";
import { cacheRoot, inspectPython } from "#subjects/environment";
import { installerOf, installPackages } from "#subjects/environment-pip";
import { type Ran, run } from "#subjects/environment-run";

export interface BackendFlags {
  readonly python?: string;
}

/** Release of the Dawn bindings that the webgpu backend is tried with. */
const releases: Readonly<Record<string, string>> = { webgpu: "0.6.2" };

export async function backendCommand(action: string, asked: string | undefined, flags: BackendFlags, io: Io): Promise<number> {
  const name = backendNames.find((one) => one === asked);
  if (action !== "install") throw unknown("action of backend", action, ["install"], "lawbook backend install NAME");
  if (name === undefined) throw unknown("backend", asked ?? "", backendNames, `there are ${backendNames.join(", ")}`);
  const note = (text: string): void => io.err(`${text}\n`);
  const started = performance.now();
  if (name !== "cpu") await install(name, flags, note);
  const { runtime } = await startBackend(name, cacheRoot());
  const facts = Object.entries(runtime).map(([what, value]) => `${what} ${value}`);
  io.out(`${name} starts: ${facts.join(", ")} (${((performance.now() - started) / 1000).toFixed(0)} s)\n`);
  return exit.expected;
}

/** Into a folder of its own beside its place, then renamed: a folder that is there is whole. */
async function install(name: BackendName, flags: BackendFlags, note: (text: string) => void): Promise<void> {
  const folder = backendFolder(cacheRoot(), name);
  const building = `${folder}.building-${process.pid}`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  try {
    await writeFile(path.join(building, "package.json"), JSON.stringify({ name: `lawbook-${name}`, private: true }));
    const wanted = packagesOf[name].map((one) => `${one}@${releases[one] ?? tfjsVersion()}`);
    note(`installing ${wanted.join(", ")} from npm`);
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    succeeded(
      "npm",
      await run(npm, ["install", "--prefix", building, "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", ...wanted]),
    );
    if (name === "tensorflow") await buildAddon(building, flags, note);
    await rm(folder, { recursive: true, force: true });
    await rename(building, folder);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

function succeeded(what: string, { code, err, out, trouble }: Ran): void {
  if (code === 0) return;
  const last = `${err}\n${out}`
    .trim()
    .split("\n")
    .filter((line) => /err|not found|fail/i.test(line))
    .slice(-4);
  throw new SpecError(
    "backend-unavailable",
    `${what}: expected it to succeed, got ${trouble ?? `exit status ${code}`}\n  ${last.join("\n  ")}`,
    {
      hint: "a C++ compiler, make and Python are needed to build the addon (Debian: build-essential python3 python3-pip)",
    },
  );
}

/** TensorFlow's library and headers from its wheel, and the addon on top of them. */
async function buildAddon(folder: string, { python }: BackendFlags, note: (text: string) => void): Promise<void> {
  const installer = installerOf(await inspectPython(python));
  if (installer === null)
    throw new SpecError("backend-unavailable", "tensorflow: expected pip or uv to fetch its library, got neither", {
      hint: "Debian: apt-get install python3-pip; or name a Python that has pip with --python",
    });
  const cuda = (await run("nvidia-smi", ["-L"])).code === 0;
  const wheel = path.join(folder, "wheel");
  const requirement = cuda ? "tensorflow[and-cuda]" : "tensorflow-cpu";
  note(`fetching ${requirement} (${cuda ? "a GPU is here" : "no NVIDIA GPU here"})`);
  // With CUDA the wheel needs the libraries it depends on; for the CPU its own are enough.
  await installPackages(installer, { what: requirement, requirements: [requirement], target: wheel, alone: !cuda, note });
  const addon = path.join(folder, "node_modules", "@tensorflow", "tfjs-node-gpu");
  const library = path.join(addon, "deps", "lib");
  await mkdir(library, { recursive: true });
  for (const file of ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"])
    await rename(path.join(wheel, "tensorflow", file), path.join(library, file));
  await rename(path.join(wheel, "tensorflow", "include"), path.join(addon, "deps", "include"));
  // The library looks for CUDA's beside its own folder.
  if (existsSync(path.join(wheel, "nvidia"))) await rename(path.join(wheel, "nvidia"), path.join(addon, "deps", "nvidia"));
  await rm(wheel, { recursive: true, force: true });
  await symlink("libtensorflow_cc.so.2", path.join(library, "libtensorflow.so"));
  await symlink("libtensorflow_framework.so.2", path.join(library, "libtensorflow_framework.so"));
  note("building the addon");
  const compiler = path.join(folder, "node_modules", ".bin", "node-pre-gyp");
  succeeded("building the addon", await run(compiler, ["install", "--build-from-source", "-C", addon], { env: await headers() }));
  // What node-gyp leaves of the build is ten times the addon.
  await rm(path.join(addon, "build"), { recursive: true, force: true });
  await rm(path.join(addon, "deps", "include"), { recursive: true, force: true });
}

/** Node's own headers, where it was installed with them, so that none are fetched. */
async function headers(): Promise<Readonly<Record<string, string>>> {
  const prefix = path.dirname(path.dirname(process.execPath));
  return existsSync(path.join(prefix, "include", "node", "node_api.h")) ? { npm_config_nodedir: prefix } : {};
}
