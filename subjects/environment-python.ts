/**
 * The Python that subjects run in: which one it is, and what it can do.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { run } from "#subjects/environment-run";
import { libraries } from "#subjects/libraries";
import { SubjectError } from "#subjects/resolve-error";

export interface PythonInfo {
  /** As it was asked for or found. */
  readonly command: string;
  readonly executable: string;
  readonly version: string;
  readonly prefix: string;
  readonly kind: "venv" | "conda" | "system";
  /** Interpreter, version and platform: what installed packages depend on. */
  readonly tag: string;
  /** Version of pip; null where it has none. */
  readonly pip: string | null;
  /** Whether it can make virtual environments: venv and ensurepip are both there. */
  readonly venv: boolean;
  /** Version of uv on the PATH; null where there is none. */
  readonly uv: string | null;
  /** Modules that subjects need and what version of each is there; null where it is missing. */
  readonly modules: Readonly<Record<string, string | null>>;
}

const oldest = [3, 9] as const;
const windows = process.platform === "win32";

/** Runs on any Python from 2.7 on. The working directory is not on the worker's path, so it is taken off here. */
const probe = `
import json, sys
sys.path[:] = [p for p in sys.path if p]
import os, platform
def there(name):
    try:
        import importlib.util
        return importlib.util.find_spec(name) is not None
    except Exception:
        return False
def version(name):
    if not there(name):
        return None
    try:
        from importlib import metadata
        return metadata.version(name.replace("_", "-"))
    except Exception:
        return "unknown"
try:
    import sysconfig
    plat = sysconfig.get_platform()
except Exception:
    plat = sys.platform
base = getattr(sys, "base_prefix", sys.prefix)
print(json.dumps({
    "executable": sys.executable, "version": platform.python_version(), "prefix": sys.prefix,
    "kind": "conda" if os.path.isdir(os.path.join(sys.prefix, "conda-meta")) else "venv" if sys.prefix != base else "system",
    "tag": "%s%d%d-%s" % (platform.python_implementation().lower(), sys.version_info[0], sys.version_info[1], plat),
    "pip": version("pip"), "venv": there("venv") and there("ensurepip"),
    "modules": dict((name, version(name)) for name in sys.argv[1:]),
}))
`;

/** The Python that is active: the one asked for, a virtual or conda environment, or the first on the PATH. */
function candidates(asked: string | undefined): readonly string[] {
  if (asked !== undefined) return [expand(asked)];
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  if (VIRTUAL_ENV) return [pythonIn(VIRTUAL_ENV)];
  if (CONDA_PREFIX) return [windows ? path.join(CONDA_PREFIX, "python.exe") : path.join(CONDA_PREFIX, "bin", "python")];
  return windows ? ["python", "py", "python3"] : ["python3", "python"];
}

/** A folder stands for the environment in it; `~` is not the shell's where the option was written with `=`. */
function expand(asked: string): string {
  const full = /^~[\\/]/.test(asked) ? path.join(homedir(), asked.slice(2)) : asked;
  return existsSync(path.join(full, "pyvenv.cfg")) || existsSync(path.join(full, "conda-meta")) ? pythonIn(full) : full;
}

/** The interpreter of a virtual environment. */
export function pythonIn(environment: string): string {
  const inside = windows ? path.join(environment, "Scripts", "python.exe") : path.join(environment, "bin", "python");
  return windows && !existsSync(inside) ? path.join(environment, "python.exe") : inside;
}

/** What the Python of that name, or the active one, is. Throws a SubjectError where there is none, or where it does not run. */
export async function inspectPython(command?: string): Promise<PythonInfo> {
  const tried = candidates(command);
  const names = ["torch", "numpy", "scipy", ...libraries.map(({ module }) => module)];
  const said: string[] = [];
  for (const candidate of tried) {
    const ran = await run(candidate, ["-c", probe, ...names], { seconds: 60 });
    const found = ran.code === 0 ? parsed(ran.out) : undefined;
    if (found !== undefined) return { command: candidate, uv: await uvVersion(), ...found };
    if (ran.trouble === "ENOENT") continue;
    const why =
      ran.trouble === "timeout"
        ? "did not answer within 60 s"
        : (ran.trouble ?? (ran.code === 0 ? "printed no answer to a short script" : `left with code ${ran.code}`));
    said.push(`${candidate} ${why}${lastLine(ran.err)}`);
  }
  const where =
    command !== undefined
      ? "--python"
      : process.env["VIRTUAL_ENV"]
        ? "the active virtual environment"
        : process.env["CONDA_PREFIX"]
          ? "the active conda environment"
          : "PATH";
  if (said.length > 0)
    throw new SubjectError("environment-failed", `Python does not run: ${said.join("; ")}`, "name another one with --python PATH");
  throw new SubjectError(
    "environment-failed",
    `no Python found: ${tried.join(", ")} (from ${where}) does not exist`,
    `install Python ${oldest.join(".")} or newer, or name one with --python PATH`,
  );
}

function parsed(out: string): Omit<PythonInfo, "command" | "uv"> | undefined {
  try {
    // What a site's start-up code prints comes before.
    const found = JSON.parse(out.trim().split("\n").at(-1) ?? "") as Omit<PythonInfo, "command" | "uv">;
    return typeof found.version === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

const lastLine = (text: string): string => {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${line}`;
};

async function uvVersion(): Promise<string | null> {
  const { code, out } = await run("uv", ["--version"], { seconds: 20 });
  return code === 0 ? (/\d+(\.\d+)+/.exec(out)?.[0] ?? null) : null;
}

/** Throws where the worker would not run. */
export function checkVersion({ version, command }: PythonInfo): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new SubjectError(
    "environment-failed",
    `Python ${version} (${command}) is too old: subjects need ${oldest.join(".")} or newer`,
    "name a newer one with --python PATH",
  );
}
