/**
 * Managed environments: one base (torch, numpy, scipy) for each Python, and a thin overlay for each release of a library, so that
 * 25 releases do not cost 25 times torch. What is cached needs no network.
 */
import { mkdir, rm } from "node:fs/promises";
import { builtOnce, cachedEnvironments, cacheRoot } from "#subjects/environment-cache";
import { type Installer, installerOf, installPackages, NoNetwork, releaseOf, versionIn } from "#subjects/environment-pip";
import { checkVersion, inspectPython, type PythonInfo, pythonIn } from "#subjects/environment-python";
import { run } from "#subjects/environment-run";
import { type Library, libraries, libraryNamed, normalised } from "#subjects/libraries";
import { meant } from "#subjects/nearest";
import { SubjectError } from "#subjects/resolve-error";

export { cachedEnvironments, cacheRoot } from "#subjects/environment-cache";
export { inspectPython } from "#subjects/environment-python";

export interface Environment {
  readonly python: string;
  /** Folders for PYTHONPATH, the library first. */
  readonly pythonPath: readonly string[];
  /** `pip:diffusers==0.42.1`. */
  readonly id: string;
}

export interface EnvironmentOptions {
  /** The Python to build with; the active one where absent. */
  readonly python?: string | undefined;
  readonly root?: string | undefined;
  readonly note: (text: string) => void;
}

/** What every base has. */
const basePackages = ["torch", "numpy", "scipy"] as const;

interface Requirement {
  readonly library: Library;
  readonly specifier: string;
  /** The release, where the specifier names one. */
  readonly pinned: string | null;
}

/** A library by its requirement: `diffusers`, `diffusers==0.42.1`, `diffusers>=0.30,<0.31`. Throws where lawbook knows no such library. */
export function requirementFrom(text: string): Requirement {
  const parts = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*((?:[=<>~!].*)?)$/.exec(text);
  const name = parts?.[1];
  if (name === undefined) {
    throw new SubjectError(
      "bad-argument",
      `pip:${text}: expected a library and perhaps its release`,
      "for example pip:diffusers or pip:diffusers==0.42.1",
    );
  }
  const library = libraryNamed(name);
  if (library === undefined) throw unknownLibrary(`pip:${text}`, name);
  const specifier = (parts?.[2] ?? "").replace(/\s+/g, "");
  return { library, specifier, pinned: /^===?([^=,*]+)$/.exec(specifier)?.[1] ?? null };
}

function unknownLibrary(asked: string, name: string): SubjectError {
  const names = libraries.map((library) => library.name);
  return new SubjectError(
    "unknown-name",
    `${asked}: lawbook has no adapter for a library ${name}${meant(normalised(name), names)}`,
    `it knows ${names.join(", ")}; ` +
      `a class with the interface of one of them is verified with ./FILE.py:CLASS --like ${libraries.find(({ likened }) => likened)?.name}, ` +
      `and \`lawbook init --python\` writes an adapter for any other code`,
  );
}

/** Makes ready what a requirement names: its overlay, what it imports beside, and a base; from the cache where it is there. */
export async function environmentFor(requirement: string, options: EnvironmentOptions): Promise<Environment> {
  const { library, specifier, pinned } = requirementFrom(requirement);
  const { note } = options;
  const root = options.root ?? cacheRoot();
  const info = await inspectPython(options.python);
  checkVersion(info);
  // An installer of this very Python serves for folders; it tells a wrong release before minutes go into a base.
  const own = installerOf(info);
  const home = { root, info, note, borrowed: borrowed(info, options.python !== undefined) };
  const installer = own ?? installerIn(await baseOf(home));
  const overlay = await libraryOverlay({ ...home, installer, library, specifier, pinned });
  const support = await supportOverlay({ ...home, installer, library });
  const python = home.borrowed ? info.executable : await baseOf(home);
  return { python, pythonPath: [overlay.folder, ...support], id: `pip:${library.name}==${overlay.version}` };
}

interface Home {
  readonly root: string;
  readonly info: PythonInfo;
  readonly note: (text: string) => void;
  readonly borrowed: boolean;
}

const installerIn = (python: string): Installer => ({ kind: "pip", python });

/** An environment that has torch already saves the download of it: one that was asked for, or is active. The system's own is left alone. */
function borrowed({ modules, kind }: PythonInfo, asked: boolean): boolean {
  return (asked || kind !== "system") && basePackages.every((name) => modules[name] !== null && modules[name] !== undefined);
}

async function libraryOverlay(
  plan: Home & { installer: Installer; library: Library; specifier: string; pinned: string | null },
): Promise<{ folder: string; version: string }> {
  const { root, info, note, installer, library, specifier, pinned } = plan;
  const { tag } = info;
  const cached = cachedEnvironments(root).filter((one) => one.kind === "library" && one.tag === tag && one.name === library.name);
  const ready = (version: string) => cached.find((one) => sameVersion(one.version, version));
  const hit = pinned === null ? undefined : ready(pinned);
  if (hit !== undefined) return { folder: hit.path, version: hit.version };
  let version = pinned;
  if (version === null) {
    try {
      version = await releaseOf(installer, `${library.name}${specifier}`);
    } catch (error) {
      const newest = specifier === "" ? [...cached].sort((a, b) => compareVersions(a.version, b.version)).at(-1) : undefined;
      if (!(error instanceof NoNetwork) || newest === undefined) throw error;
      note(`the package index could not be reached: taking ${library.name} ${newest.version}, the newest release in the cache`);
      return { folder: newest.path, version: newest.version };
    }
    const resolved = version === null ? undefined : ready(version);
    if (resolved !== undefined) return { folder: resolved.path, version: resolved.version };
  }
  const wanted = version === null ? `${library.name}${specifier}` : `${library.name}==${version}`;
  note(`installing ${wanted}`);
  const folder = await builtOnce({
    root,
    tag,
    folder: wanted.replace(/[^\w.=+!-]/g, "_"),
    note,
    async build(target) {
      await installPackages(installer, { what: `pip:${wanted}`, requirements: [wanted], target, alone: true });
      return { kind: "library", name: library.name, version: (await versionIn(target, library.name)) ?? version ?? "unknown" };
    },
  });
  const made = cachedEnvironments(root).find((one) => one.path === folder);
  return { folder, version: made?.version ?? version ?? "unknown" };
}

/** What the library imports beside the base: one folder for all of its releases. */
async function supportOverlay({
  root,
  info,
  note,
  installer,
  library,
}: Home & { installer: Installer; library: Library }): Promise<readonly string[]> {
  const { support, bare } = library;
  if (support.length + bare.length === 0) return [];
  const folder = await builtOnce({
    root,
    tag: info.tag,
    folder: `support-${library.name}-${fingerprint([...support, ...bare].join(" "))}`,
    note,
    async build(target) {
      note(`installing what ${library.name} imports beside torch`);
      const what = `packages beside ${library.name}`;
      if (support.length > 0) await installPackages(installer, { what, requirements: support, target });
      if (bare.length > 0) await installPackages(installer, { what, requirements: bare, target, alone: true });
      return { kind: "support", name: library.name, version: [...support, ...bare].join(" ") };
    },
  });
  return [folder];
}

/** The interpreter of the base environment for this Python. */
async function baseOf({ root, info, note }: Home): Promise<string> {
  const plan = {
    root,
    tag: info.tag,
    folder: "base",
    note,
    async build(folder: string) {
      const python = await emptyEnvironment(info, folder);
      const large = process.platform === "linux" && process.arch === "x64" ? ", on Linux x86-64 the CUDA build of about 5 GB" : "";
      note(
        `making the base environment once, with ${basePackages.join(", ")}: a minute or two${large}; --python with an environment that has them saves it`,
      );
      await installPackages(installerIn(python), { what: "base environment", requirements: basePackages, note });
      const { modules } = await inspectPython(python);
      return { kind: "base" as const, name: "base", version: `torch ${modules["torch"] ?? "unknown"}` };
    },
  };
  const place = await builtOnce(plan);
  const python = pythonIn(place);
  // It links to the Python that made it, which may be gone since: an upgrade of the system, another pyenv.
  if ((await run(python, ["-c", "import sys"], { seconds: 60 })).code === 0) return python;
  note(`the base environment's Python is gone: making it anew`);
  await rm(place, { recursive: true, force: true });
  return pythonIn(await builtOnce(plan));
}

/** A virtual environment with pip in an existing empty folder. It is used by path only, so that it may be renamed. */
async function emptyEnvironment(info: PythonInfo, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (!info.venv && info.uv === null) {
    const [major, minor] = info.version.split(".");
    throw new SubjectError(
      "environment-failed",
      `Python ${info.version} (${info.executable}) cannot make virtual environments: its venv or ensurepip is missing`,
      `on Debian and Ubuntu: apt install python${major}.${minor}-venv; elsewhere name a complete Python with --python PATH, or install uv`,
    );
  }
  const ran = info.venv
    ? await run(info.executable, ["-m", "venv", folder], { env: { PYTHONPATH: undefined } })
    : await run("uv", ["venv", "--seed", "--allow-existing", "--python", info.executable, folder]);
  if (ran.code === 0) return pythonIn(folder);
  const words = `${ran.err}\n${ran.out}`.trim().split("\n").slice(-3).join("; ");
  throw new SubjectError(
    "environment-failed",
    `Python ${info.version} could not make a virtual environment: ${words}`,
    "name another Python with --python PATH, or install uv",
  );
}

/** 0.30 and 0.30.0 are one release. */
function sameVersion(a: string, b: string): boolean {
  const plain = (version: string): string =>
    version
      .toLowerCase()
      .replace(/^v/, "")
      .replace(/(\.0)+$/, "");
  return plain(a) === plain(b);
}

/** By their numbers; what follows these (rc1, .dev0) comes before the release itself. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string): readonly number[] => (/^\d+(\.\d+)*/.exec(version)?.[0] ?? "").split(".").map(Number);
  const [x, y] = [numbers(a), numbers(b)];
  for (let k = 0; k < Math.max(x.length, y.length); k++) {
    const difference = (x[k] ?? 0) - (y[k] ?? 0);
    if (difference !== 0) return difference;
  }
  const early = (version: string): number => (/^\d+(\.\d+)*\.?(a|b|rc|dev)/.test(version) ? 0 : /post/.test(version) ? 2 : 1);
  return early(a) - early(b);
}

/** A short name for a text: FNV-1a, 32 bits. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
