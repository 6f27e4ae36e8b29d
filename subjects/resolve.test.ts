import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tensor } from "#spec/tensor";
import type { Answerer } from "#subjects/answerer";
import { makePython, testPython } from "#subjects/environment-fixture";
import { type Asked, resolveSubject, SubjectError } from "#subjects/resolve";
import { likeFrom, nameFrom } from "#subjects/resolve-name";

const repository = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "lawbook-resolve-"));
const open: Answerer[] = [];
beforeEach(() => vi.stubEnv("PYTHONPATH", undefined));
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(open.splice(0).map((one) => one.close()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function resolved(asked: string, change: Partial<Asked> = {}): Promise<Answerer> {
  const subject = await resolveSubject({ asked, python: testPython, workers: 1, secondsPerCall: 20, note: () => undefined, ...change });
  open.push(subject);
  return subject;
}
const refusal = (promise: Promise<unknown>): Promise<SubjectError> =>
  promise.then(
    () => Promise.reject(new Error("expected a SubjectError")),
    (error: unknown) => (error instanceof SubjectError ? error : Promise.reject(error)),
  );
function file(name: string, text: string): string {
  const place = path.join(folder, name);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
  return place;
}

describe("how subjects are written", () => {
  test.each([
    ["pip:diffusers==0.30.0", { kind: "pip", requirement: "diffusers==0.30.0" }],
    ["diffusers", { kind: "library" }],
    ["flow_matching", { kind: "library" }],
    ["./my.py", { kind: "file", file: path.resolve("my.py"), classes: [] }],
    ["my.py:MyScheduler", { kind: "file", file: path.resolve("my.py"), classes: ["MyScheduler"] }],
    ["../a b/my.py:One,Other", { kind: "file", file: path.resolve("../a b/my.py"), classes: ["One", "Other"] }],
    ["/a.py/my.py:One", { kind: "file", file: path.resolve("/a.py/my.py"), classes: ["One"] }],
    [String.raw`C:\code\my.py:My`, { kind: "file", file: path.resolve(String.raw`C:\code\my.py`), classes: ["My"] }],
    ["D:/code/my.py", { kind: "file", file: path.resolve("D:/code/my.py"), classes: [] }],
    ["exec:julia 'my server.jl' --fast", { kind: "server", command: "julia", args: ["my server.jl", "--fast"] }],
    ["node:./server.js", { kind: "server", command: process.execPath, args: ["./server.js"] }],
  ])("%s", (asked, expected) => {
    expect(nameFrom(asked)).toMatchObject(expected);
  });

  test.each([
    ["difusers", "no subject difusers, did you mean diffusers?"],
    ["builtins", "did you mean builtin?"],
    ["diffusers==0.30.0", "a release is asked of a managed environment"],
    ["my.py:not a class", "is no name of a class"],
    ["my.py:", "is no name of a class"],
    ["exec:", "nothing after exec:"],
    ["", "no subject given"],
    ["./some/folder", "no subject is written like this"],
  ])("%s is refused", (asked, message) => {
    expect(() => nameFrom(asked)).toThrow(message);
  });

  test("--like names a library, or one of its classes", async () => {
    expect(likeFrom("diffusers")).toMatchObject({ library: { adapter: "diffusers" }, name: null });
    expect(likeFrom("diffusers:DDIMScheduler")).toMatchObject({ library: { adapter: "diffusers" }, name: "DDIMScheduler" });
    expect(() => likeFrom("difuser")).toThrow("no library difuser, did you mean diffusers?");
    expect(() => likeFrom("azula")).toThrow("takes the library's own classes only");
    expect((await refusal(resolved("pip:diffusers", { like: "diffusers" }))).message).toContain("--like is for a class in a file");
  });
});

describe("what can be told before anything is started", () => {
  test("a file that does not exist: the nearest", async () => {
    file("mine/my_sampler.py", "");
    const error = await refusal(resolved(path.join(folder, "mine", "my_smapler.py")));
    expect(error.message).toContain(`did you mean ${path.join(folder, "mine", "my_sampler.py")}?`);
    expect((await refusal(resolved(path.join(folder, "nowhere", "my.py")))).message).toContain("no folder");
    expect((await refusal(resolved(path.join(folder, "mine", "x.py")))).hint).toContain("my_sampler.py");
  });

  test("a class that does not exist in the file: the nearest", async () => {
    const place = file("my.py", "class MyScheduler:\n    pass\nclass Other:\n    pass\n");
    const error = await refusal(resolved(`${place}:MyShceduler`, { like: "diffusers" }));
    expect(error.message).toContain("no class MyShceduler in my.py, did you mean MyScheduler?");
    expect(error.hint).toBe("it defines MyScheduler, Other");
    expect((await refusal(resolved(`${place}:MyScheduler`))).hint).toContain("--like");
  });

  test.runIf(process.platform !== "win32")("a Python without the library", async () => {
    const python = makePython(path.join(folder, "bare"), { version: "3.12.1" });
    const error = await refusal(resolved("diffusers", { python }));
    expect(error.message).toContain("has no diffusers and no torch");
    expect(error.hint).toMatch(/pip:diffusers .*--python/);
  });

  test.runIf(process.platform !== "win32")("a Python too old, and none", async () => {
    const python = makePython(path.join(folder, "old"), { version: "3.7.3" });
    expect((await refusal(resolved(file("any.py", ""), { python }))).message).toContain("too old");
    expect((await refusal(resolved("diffusers", { python: path.join(folder, "none") }))).message).toContain("no Python found");
  });
});

describe("subjects that answer", () => {
  test("an adapter of one's own, with a limit on memory", async () => {
    const subject = await resolved(path.join(repository, "examples", "my_adapter.py"), { memoryMiB: 300 });
    const spec = await subject.describe();
    expect(spec.units.map(({ name }) => name)).toEqual(["my schedule"]);
    if (process.platform === "linux") expect(spec.runtime["memoryLimit"]).toBe("300 MiB");
  });

  test("the template, as `lawbook init --python` writes it", async () => {
    const subject = await resolved(path.join(repository, "subjects", "python", "template.py"));
    const { units } = await subject.describe();
    expect(units.map(({ name, methods }) => [name, methods])).toEqual([["mine", ["facts", "levels", "sample"]]]);
    const t = tensor(Float64Array.of(0, 0.25, 1));
    const outcome = await subject.answer({ unit: "mine", config: {}, method: "levels", args: { t }, arithmetic: "f64", fresh: false });
    expect(outcome).toMatchObject({ answer: { level: { data: Float64Array.of(0, 0.25, 1) } } });
  });

  test("a server in any language", async () => {
    const worker = path.join(repository, "subjects", "python", "worker.py");
    const started = file(
      "start.py",
      `import runpy, sys\nsys.argv = [${JSON.stringify(worker)}]\nrunpy.run_path(sys.argv[0], run_name="__main__")\n`,
    );
    const subject = await resolved(`exec:${testPython} "${started}"`);
    // It has greeted and lacks what only lawbook's own worker is told.
    await expect(subject.describe()).rejects.toThrow("no parameter adapter");
    await expect((await resolved("exec:no-such-program-anywhere")).describe()).rejects.toThrow(/exec:no-such-program-anywhere: .*ENOENT/);
  });

  test("what a subject prints when it is imported does no harm", async () => {
    const text = 'import os\nprint("hello")\nos.write(1, b"\\x00\\x01 raw")\nos.system("echo from a child")\n';
    const template =
      'from lawbook import Adapter\nclass A(Adapter):\n    name = "loud"\n    def facts(self, h):\n        return {"time": {"kind": "interval", "first": 0.0, "last": 1.0}}\n';
    const subject = await resolved(file("loud.py", text + template));
    expect((await subject.describe()).name).toBe("loud");
  });
});

describe("libraries that do not import", () => {
  /** A folder with a torch and an azula that do this when they are imported. */
  async function importing(body: string, change: Partial<Asked> = {}): Promise<SubjectError> {
    const place = path.dirname(file(`${encodeURIComponent(body).slice(0, 40)}/azula.py`, body));
    file(`${path.basename(place)}/torch.py`, "");
    vi.stubEnv("PYTHONPATH", place);
    return refusal((await resolved("azula", change)).describe());
  }

  test("one that raises", async () => {
    const error = await importing('raise RuntimeError("this build wants another torch")');
    expect(error.message).toMatch(/^azula: the subject could not be loaded: RuntimeError: this build wants another torch .*azula\.py:1/);
  });

  test("one that lacks what it imports", async () => {
    const error = await importing("import einops_of_another_name");
    expect(error.message).toContain("No module named 'einops_of_another_name'");
    expect(error.hint).toContain("activate the environment that has it");
  });

  test("one that leaves", async () => {
    expect((await importing("raise SystemExit(3)")).message).toMatch(/^azula: the subject could not be loaded: SystemExit/);
    expect((await importing("import os; os._exit(3)")).message).toMatch(/^azula: .*the process exited with code 3/);
  });

  test("one that hangs", async () => {
    const error = await importing("import time; time.sleep(600)", { secondsToStart: 2 });
    expect(error.message).toMatch(/^azula: .*no answer within 2 s/);
  });
});
