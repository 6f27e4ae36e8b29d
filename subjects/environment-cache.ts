/**
 * Where managed environments lie, and how one comes to be there: built beside its place under a lock, then renamed, so that a
 * folder that is there is whole. `kind/tag/name`, each with an `environment.json` that says what it holds.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import path from "node:path";

interface Manifest {
  readonly kind: "base" | "library" | "support";
  /** Distribution, or what the environment is for. */
  readonly name: string;
  /** Of the distribution; of torch where it is a base. */
  readonly version: string;
  readonly tag: string;
  readonly made: string;
  readonly seconds: number;
}

export interface CachedEnvironment extends Manifest {
  readonly path: string;
}

const manifestFile = "environment.json";

/** `$LAWBOOK_CACHE`, a folder `.lawbook/env` here or above, else the user's cache. */
export function cacheRoot(from: string = process.cwd()): string {
  const { LAWBOOK_CACHE, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (LAWBOOK_CACHE) return path.resolve(LAWBOOK_CACHE);
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const own = path.join(folder, ".lawbook", "env");
    if (existsSync(own)) return own;
    if (path.dirname(folder) === folder) break;
  }
  if (process.platform === "win32" && LOCALAPPDATA) return path.join(LOCALAPPDATA, "lawbook", "cache");
  return XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)
    ? path.join(XDG_CACHE_HOME, "lawbook")
    : path.join(homedir(), ".cache", "lawbook");
}

/** Everything that was made, newest last. */
export function cachedEnvironments(root: string = cacheRoot()): readonly CachedEnvironment[] {
  const found: CachedEnvironment[] = [];
  for (const tag of foldersOf(root)) {
    for (const name of foldersOf(path.join(root, tag))) {
      const folder = path.join(root, tag, name);
      const manifest = manifestOf(folder);
      if (manifest !== undefined) found.push({ ...manifest, path: folder });
    }
  }
  return found.sort((a, b) => (a.made < b.made ? -1 : 1));
}

function foldersOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function manifestOf(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, manifestFile), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

export interface Building {
  readonly root: string;
  readonly tag: string;
  /** Name of the folder. */
  readonly folder: string;
  readonly note: (text: string) => void;
  /** Fills the empty folder and says what it holds. */
  readonly build: (folder: string) => Promise<Pick<Manifest, "kind" | "name" | "version">>;
}

/** The folder of that name: what is there already, else what `build` makes. */
export async function builtOnce({ root, tag, folder, note, build }: Building): Promise<string> {
  const place = path.join(root, tag, folder);
  if (manifestOf(place) !== undefined) return place;
  await mkdir(path.join(root, tag), { recursive: true });
  return locked(
    `${place}.lock`,
    () => note(`another process is making ${folder}: waiting for it`),
    async () => {
      if (manifestOf(place) !== undefined) return place;
      // What an interrupted build left, of which nobody is at work any more: this process holds the lock.
      const started = performance.now();
      const half = `${place}.building`;
      await rm(half, { recursive: true, force: true });
      await rm(place, { recursive: true, force: true });
      await mkdir(half);
      try {
        const what = await build(half);
        const seconds = Math.round((performance.now() - started) / 100) / 10;
        const manifest: Manifest = { ...what, tag, made: new Date().toISOString(), seconds };
        await writeFile(path.join(half, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
        await rename(half, place);
        return place;
      } catch (error) {
        await rm(half, { recursive: true, force: true });
        throw error;
      }
    },
  );
}

const heartbeat = 2_000;
/** A holder that has not touched its lock for so long is gone, or its machine is. */
const abandoned = 30_000;

async function locked<T>(file: string, waiting: () => void, body: () => Promise<T>): Promise<T> {
  let told = false;
  while (!(await taken(file))) {
    if (await stale(file)) {
      // Of several that find it stale one renames it; the others find nothing and try again.
      const aside = `${file}.${process.pid}`;
      await rename(file, aside).then(
        () => rm(aside, { force: true }),
        () => undefined,
      );
      continue;
    }
    if (!told) waiting();
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), heartbeat);
  beat.unref();
  try {
    return await body();
  } finally {
    clearInterval(beat);
    await rm(file, { force: true });
  }
}

async function taken(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    await handle.writeFile(`${process.pid} ${hostname()}\n`);
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function stale(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > abandoned) return true;
    const [pid, host] = (await readFile(file, "utf8")).trim().split(" ");
    return host === hostname() && pid !== undefined && !alive(Number(pid));
  } catch {
    // It is gone: whoever asks tries again.
    return false;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
