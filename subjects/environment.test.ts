import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { cachedEnvironments, cacheRoot, compareVersions, environmentFor, inspectPython, requirementFrom } from "#subjects/environment";
import { makeLink, makePython, makeWheel, testPython } from "#subjects/environment-fixture";
import { pythonIn } from "#subjects/environment-python";
import { SubjectError } from "#subjects/resolve-error";

// Each test runs pip several times, which is a second or two on an idle machine.
vi.setConfig({ testTimeout: 300_000 });

const posix = process.platform !== "win32";
const folder = mkdtempSync(path.join(tmpdir(), "lawbook-environment-"));
const wheels = path.join(folder, "wheels");
let root = "";
let count = 0;

/** A virtual environment that has what a base needs, so that none need be made. */
const venv = path.join(folder, "venv");
const whole = pythonIn(venv);

beforeAll(() => {
  for (const name of ["torch", "numpy", "scipy", "einops", "jaxtyping", "tqdm", "azula"]) makeWheel(wheels, name, "1.0");
  // Its dependency is on no index: the library is installed without what it needs.
  makeWheel(wheels, "azula", "1.10", "not-on-any-index");
  makeWheel(wheels, "azula", "1.9.1");
  makeWheel(wheels, "azula", "2.0rc1");
  execFileSync(testPython, ["-m", "venv", venv]);
  const offline = { ...process.env, PIP_NO_INDEX: "1", PIP_FIND_LINKS: wheels };
  execFileSync(pythonIn(venv), ["-m", "pip", "install", "--quiet", "torch==1.0", "numpy==1.0", "scipy==1.0"], { env: offline });
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }), 120_000);
beforeEach(() => {
  root = path.join(folder, `cache-${count++}`);
  vi.stubEnv("PIP_NO_INDEX", "1");
  vi.stubEnv("PIP_FIND_LINKS", wheels);
  vi.stubEnv("PIP_RETRIES", "0");
  vi.stubEnv("PYTHONPATH", undefined);
});
afterEach(() => vi.unstubAllEnvs());

/** From here on nothing can be fetched. */
function unplug(): void {
  vi.stubEnv("PIP_NO_INDEX", undefined);
  vi.stubEnv("PIP_FIND_LINKS", undefined);
  vi.stubEnv("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
}

const notes: string[] = [];
const make = (requirement: string, python: string = whole): ReturnType<typeof environmentFor> => {
  notes.length = 0;
  return environmentFor(requirement, { python, root, note: (text) => notes.push(text) });
};
const refusal = (promise: Promise<unknown>): Promise<SubjectError> =>
  promise.then(
    () => Promise.reject(new Error("expected a SubjectError")),
    (error: unknown) => (error instanceof SubjectError ? error : Promise.reject(error)),
  );
const versionSeen = ({ python, pythonPath }: { python: string; pythonPath: readonly string[] }, module: string): string =>
  execFileSync(python, ["-c", `import ${module}; print(${module}.__version__)`], {
    env: { ...process.env, PYTHONPATH: pythonPath.join(path.delimiter) },
    encoding: "utf8",
  }).trim();

describe("managed environments", () => {
  test.runIf(posix)("a release, what it imports and a base are made once, and need no network afterwards", async () => {
    // The system's own Python is not borrowed, and has pip.
    const system = execFileSync(testPython, ["-c", "import os, sys; print(os.path.realpath(sys.executable))"], { encoding: "utf8" }).trim();
    vi.stubEnv(
      "PATH",
      `${path.dirname(makeLink(path.join(folder, "bin", "python3"), system))}${path.delimiter}${process.env["PATH"] ?? ""}`,
    );
    vi.stubEnv("VIRTUAL_ENV", undefined);
    vi.stubEnv("CONDA_PREFIX", undefined);
    const make = (requirement: string) => environmentFor(requirement, { root, note: (text) => notes.push(text) });
    notes.length = 0;
    const first = await make("azula==1.9.1");
    expect(first.id).toBe("pip:azula==1.9.1");
    expect(first.python).toContain(root);
    expect([versionSeen(first, "azula"), versionSeen(first, "torch"), versionSeen(first, "einops")]).toEqual(["1.9.1", "1.0", "1.0"]);
    expect(notes.join("\n")).toContain("installing azula==1.9.1");
    expect(notes.join("\n")).toContain("making the base environment");
    unplug();
    notes.length = 0;
    expect(await make("azula==1.9.1")).toEqual(first);
    expect(notes).toEqual([]);
    const kinds = cachedEnvironments(root).map(({ kind, name, version }) => [kind, name, version]);
    expect(kinds).toContainEqual(["library", "azula", "1.9.1"]);
    expect(kinds.map(([kind]) => kind).sort()).toEqual(["base", "library", "support"]);
  });

  test("without a release the newest is meant, offline the newest that is cached", async () => {
    expect((await make("azula<1.10")).id).toBe("pip:azula==1.9.1");
    expect((await make("azula")).id).toBe("pip:azula==1.10");
    expect((await make("Azula == 1.10.0")).id).toBe("pip:azula==1.10");
    unplug();
    expect((await make("azula")).id).toBe("pip:azula==1.10");
    expect(notes.join("\n")).toContain("taking azula 1.10, the newest release in the cache");
  });

  test("two that want the same release at once share one installation", async () => {
    const [one, other] = await Promise.all([
      make("azula==1.0"),
      environmentFor("azula==1.0", { python: whole, root, note: (text) => notes.push(text) }),
    ]);
    expect(one).toEqual(other);
    expect(notes.some((text) => text.includes("waiting for it"))).toBe(true);
    expect(cachedEnvironments(root).filter(({ kind }) => kind === "library")).toHaveLength(1);
  });

  test("the lock of a process that is gone holds nobody up, and what it left half made is not used", async () => {
    const { tag } = await inspectPython(whole);
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    const place = path.join(root, tag, "azula==1.0");
    mkdirSync(path.join(`${place}.building`, "azula"), { recursive: true });
    writeFileSync(`${place}.lock`, `${gone} ${hostname()}\n`);
    expect(versionSeen(await make("azula==1.0"), "azula")).toBe("1.0");
    expect(readdirSync(path.join(root, tag)).filter((name) => /lock|building/.test(name))).toEqual([]);
  });

  test("a failed installation leaves nothing and says what pip said", async () => {
    writeFileSync(path.join(wheels, "azula-3.0-py3-none-any.whl"), "no zip file");
    const error = await refusal(make("azula==3.0"));
    rmSync(path.join(wheels, "azula-3.0-py3-none-any.whl"));
    expect(error.message).toMatch(/^pip:azula==3\.0: pip failed: .*azula-3\.0/);
    const { tag } = await inspectPython(whole);
    expect(readdirSync(path.join(root, tag))).toEqual([]);
  });

  test("no such release: the nearest and the newest are named", async () => {
    const error = await refusal(make("azula==1.9.2"));
    expect(error.message).toContain("no such release for this Python");
    expect(error.hint).toMatch(/the nearest is 1\.9\.1, the newest 2\.0rc1|the nearest is 1\.9\.1, the newest 1\.10/);
  });

  test("no network", async () => {
    unplug();
    const error = await refusal(make("azula==1.0"));
    expect(error.message).toContain("the package index could not be reached");
    expect(error.hint).toContain("releases installed before work without a network");
  });

  test("unknown libraries are answered with the nearest", async () => {
    const error = await refusal(make("difusers"));
    expect(error.message).toBe("pip:difusers: lawbook has no adapter for a library difusers, did you mean diffusers?");
    expect(error.hint).toMatch(/diffusers, flow-matching, azula.*--like.*init --python/);
    expect(await refusal(make("numpyro"))).not.toMatchObject({ message: expect.stringContaining("did you mean") });
    expect((await refusal(make("a b c"))).message).toContain("expected a library");
  });
});

describe.runIf(posix)("Pythons that will not do", () => {
  const fake = (says: Parameters<typeof makePython>[1]): string => makePython(path.join(folder, `python-${count++}`), says);

  test("none there", async () => {
    const error = await refusal(inspectPython(path.join(folder, "nowhere", "python")));
    expect(error.message).toContain("no Python found");
    expect(error.hint).toContain("--python");
  });

  test("one that does not run", async () => {
    expect((await refusal(inspectPython(fake("echo broken >&2; exit 3")))).message).toMatch(/does not run: .* left with code 3: broken/);
    expect((await refusal(inspectPython(fake("echo hello")))).message).toContain("printed no answer");
  });

  test("too old", async () => {
    expect((await refusal(make("azula", fake({ version: "3.7.17" })))).message).toMatch(
      /Python 3\.7\.17 .* is too old: subjects need 3\.9/,
    );
    expect((await refusal(make("azula", fake({ version: "2.7.18" })))).message).toContain("too old");
  });

  test("one without venv, as Debian's is without python3-venv", async () => {
    vi.stubEnv("PATH", "/usr/bin:/bin");
    const error = await refusal(make("azula", fake({ version: "3.11.2" })));
    expect(error.message).toContain("its venv or ensurepip is missing");
    expect(error.hint).toContain("apt install python3.11-venv");
  });

  test("one that has everything is borrowed where it was asked for, and nothing is downloaded for it", async () => {
    const borrowed = await make("azula==1.0", venv);
    expect(borrowed.python).toBe(whole);
    expect(versionSeen(borrowed, "torch")).toBe("1.0");
    expect(cachedEnvironments(root).map(({ kind }) => kind)).not.toContain("base");
  });
});

describe("names and places", () => {
  test.each([
    ["diffusers", "diffusers", null],
    ["diffusers==0.30.0", "diffusers", "0.30.0"],
    ["flow_matching == 1.0.10", "flow-matching", "1.0.10"],
    ["Diffusers[torch]==0.30", "diffusers", "0.30"],
    ["diffusers==0.30.*", "diffusers", null],
    ["azula>=0.5,<0.7", "azula", null],
  ])("%s", (text, name, pinned) => {
    const found = requirementFrom(text);
    expect([found.library.name, found.pinned]).toEqual([name, pinned]);
  });

  test("releases are ordered by their numbers", () => {
    const releases = ["0.9.0", "0.10.2", "1.0rc1", "1.0", "1.0.post1", "1.0.1"];
    expect([...releases].reverse().sort(compareVersions)).toEqual(releases);
    expect(compareVersions("0.30", "0.30.0")).toBe(0);
  });

  test("the cache: named, a project's own, the user's", () => {
    const project = path.join(folder, "project", "deep", "down");
    mkdirSync(project, { recursive: true });
    vi.stubEnv("LAWBOOK_CACHE", undefined);
    if (posix) {
      vi.stubEnv("XDG_CACHE_HOME", "/somewhere");
      expect(cacheRoot(project)).toBe("/somewhere/lawbook");
    }
    const own = path.join(folder, "project", ".lawbook", "env");
    mkdirSync(own, { recursive: true });
    expect(cacheRoot(project)).toBe(own);
    vi.stubEnv("LAWBOOK_CACHE", path.join(folder, "named"));
    expect(cacheRoot(project)).toBe(path.join(folder, "named"));
    expect(existsSync(path.join(folder, "named"))).toBe(false);
    expect(cachedEnvironments()).toEqual([]);
  });
});
