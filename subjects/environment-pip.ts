/**
 * Installing with pip, or with uv where a Python has no pip; and what their failures mean.
 */
import { readdir } from "node:fs/promises";
import type { PythonInfo } from "#subjects/environment-python";
import { type Ran, run } from "#subjects/environment-run";
import { nearest } from "#subjects/nearest";
import { SubjectError } from "#subjects/resolve-error";

export interface Installer {
  readonly kind: "pip" | "uv";
  readonly python: string;
}

/** null: neither pip nor uv can install for this Python. */
export function installerOf({ executable, pip, uv }: Pick<PythonInfo, "executable" | "pip" | "uv">): Installer | null {
  if (pip !== null) return { kind: "pip", python: executable };
  return uv === null ? null : { kind: "uv", python: executable };
}

/** A user's own settings for pip that contradict `--target`, ask questions or colour what is read. */
const settings = {
  PIP_USER: "0",
  PIP_REQUIRE_VIRTUALENV: "0",
  PIP_NO_INPUT: "1",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PIP_TARGET: undefined,
  PIP_PREFIX: undefined,
  PYTHONPATH: undefined,
  // What it reports is read, and colours are not part of it.
  FORCE_COLOR: undefined,
  NO_COLOR: "1",
};

function install(installer: Installer, args: readonly string[], line?: (text: string) => void): Promise<Ran> {
  const options = line === undefined ? { env: settings } : { env: settings, line };
  if (installer.kind === "uv") return run("uv", ["pip", "install", "--python", installer.python, ...args], options);
  return run(installer.python, ["-m", "pip", "install", "--no-warn-script-location", ...args], options);
}

export interface Wanted {
  readonly what: string;
  readonly requirements: readonly string[];
  /** Folder to install into; the environment of the Python itself where absent. */
  readonly target?: string;
  /** Without what these need in turn. */
  readonly alone?: boolean;
  readonly note?: (text: string) => void;
}

/** Throws a SubjectError with the installer's own last words. */
export async function installPackages(installer: Installer, { what, requirements, target, alone, note }: Wanted): Promise<void> {
  const args = [...(target === undefined ? [] : ["--target", target]), ...(alone === true ? ["--no-deps"] : []), ...requirements];
  // Python compiles what is imported; the rest of torch would take longer than its download.
  const compile = installer.kind === "pip" ? ["--no-compile"] : [];
  const ran = await install(installer, [...compile, ...args], (text) => {
    if (note !== undefined && /^(Downloading \S+ \(\d+(\.\d+)? (MB|GB)\)|Installing collected)/.test(text))
      note(text.length > 160 ? `${text.slice(0, 157)}…` : text);
  });
  if (ran.code !== 0) throw refusal(installer, what, ran);
}

/** The release that a requirement stands for today, e.g. 0.42.1; null where this pip cannot tell without installing. */
export async function releaseOf(installer: Installer, requirement: string): Promise<string | null> {
  if (installer.kind === "uv") {
    const ran = await run(
      "uv",
      ["pip", "compile", "--quiet", "--no-deps", "--no-header", "--no-annotate", "--python", installer.python, "-"],
      { input: `${requirement}\n`, env: settings },
    );
    if (ran.code !== 0) throw refusal(installer, requirement, ran);
    return /==\s*([^\s;]+)/.exec(ran.out)?.[1] ?? null;
  }
  const ran = await install(installer, [
    "--dry-run",
    "--quiet",
    "--ignore-installed",
    "--no-deps",
    "--retries",
    "2",
    "--report",
    "-",
    requirement,
  ]);
  if (ran.code === 2 && /no such option/.test(ran.err)) return null;
  if (ran.code !== 0) throw refusal(installer, requirement, ran);
  const report = JSON.parse(ran.out.slice(ran.out.indexOf("{"))) as { install?: readonly { metadata?: { version?: string } }[] };
  return report.install?.[0]?.metadata?.version ?? null;
}

/** What lies in a folder of packages, from the names of its metadata folders. */
export async function versionIn(folder: string, name: string): Promise<string | null> {
  const plain = name.replace(/[-_.]+/g, "_").toLowerCase();
  for (const entry of await readdir(folder)) {
    const found = /^(.+)-([^-]+)\.dist-info$/.exec(entry);
    if (found?.[1]?.replace(/[-_.]+/g, "_").toLowerCase() === plain) return found[2] ?? null;
  }
  return null;
}

const unreachable: RegExp = new RegExp(
  [
    "NewConnectionError|Max retries exceeded|Retrying \\(|name resolution|Name or service not known|Connection refused|ConnectionResetError|ProxyError",
    "SSLError|Read timed out|unreachable|getaddrinfo failed|Could not fetch URL|error sending request|dns error|tcp connect|Request failed after",
  ].join("|"),
  "i",
);

const networkHint = "check the network, or PIP_INDEX_URL and the proxy; releases installed before work without a network";

function refusal(installer: Installer, what: string, ran: Ran): SubjectError {
  const all = `${ran.err}\n${ran.out}`;
  const words = lastWords(all);
  if (ran.trouble !== null)
    return new SubjectError(
      "environment-failed",
      `${what}: ${installer.kind} could not be run: ${ran.trouble}`,
      "name another Python with --python PATH",
    );
  if (unreachable.test(all)) {
    return new NoNetwork(`${what}: the package index could not be reached: ${words}`, networkHint);
  }
  const versions = /from versions: ([^)]*)\)/.exec(all)?.[1];
  // Every package that is asked for is on the public index, so that none at all means another one, or none within reach.
  if (versions === "none")
    return new NoNetwork(`${what}: the package index could not be reached, or does not carry it: ${words}`, networkHint);
  if (versions !== undefined) {
    const known = versions.split(/,\s*/);
    const asked = /[=<>~!]=?=?\s*([\w.+!*-]+)/.exec(what)?.[1] ?? "";
    const near = nearest(asked, known) ?? known.at(-1);
    return new SubjectError(
      "unknown-name",
      `${what}: no such release for this Python: ${words}`,
      `the nearest is ${near}, the newest ${known.at(-1)}; another Python (--python) may have more`,
    );
  }
  if (/No solution found/.test(all))
    return new SubjectError(
      "unknown-name",
      `${what}: no such release for this Python: ${words}`,
      "another Python (--python) may have more releases",
    );
  return new SubjectError(
    "environment-failed",
    `${what}: ${installer.kind} failed: ${words}`,
    "the lines above are the installer's; `lawbook doctor` shows the Python and cache in use",
  );
}

/** Nothing could be asked of the package index: what is cached may do instead. */
export class NoNetwork extends SubjectError {
  constructor(message: string, hint: string) {
    super("environment-failed", message, hint);
    this.name = "NoNetwork";
  }
}

/** The lines in which the installer says what is wrong; else its last ones. Lists of versions are cut short. */
function lastWords(text: string): string {
  const short = text.replace(/\(from versions: ([^)]*)\)/g, (all, list: string) =>
    list === "none" ? all : `(among ${list.split(",").length} releases)`,
  );
  const lines = short.split("\n").map((line) => line.trim());
  const said = lines.filter((line) => line !== "" && !line.startsWith("[notice]"));
  const errors = said.filter((line) => /^(ERROR|error|×|╰|Because|Caused by)/.test(line));
  const chosen = errors.length > 0 ? errors.slice(0, 4) : said.slice(-4);
  return chosen.map((line) => (line.length > 300 ? `${line.slice(0, 140)} … ${line.slice(-150)}` : line)).join("; ");
}
