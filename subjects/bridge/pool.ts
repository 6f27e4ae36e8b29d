/**
 * Several worker processes for one subject, and a further one that is forked for every confirmation.
 */
import type { Answerer, Outcome, Question, Stats } from "#subjects/answerer";
import { startWorker, type Worker, type WorkerPlan } from "#subjects/bridge/process";

interface Home {
  readonly worker: Worker;
  /** Whether the worker could be started. */
  readonly usable: Promise<boolean>;
}

/** A subject answered by `count` processes. Each unit stays with one of them while it has questions, so that objects are reused. */
export function pool(asked: string, plan: WorkerPlan, count: number): Answerer & { readonly id: string } {
  const first = startWorker(plan);
  const workers: Home[] = [{ worker: first, usable: Promise.resolve(true) }];
  const homes = new Map<string, Home>();
  let most = count;
  let zygote: Worker | undefined;
  let forks = true;
  let turn: Promise<unknown> = Promise.resolve();
  let id = asked;

  function homeOf(unit: string): Home {
    const known = homes.get(unit);
    if (known !== undefined) return known;
    const unitsOf = ({ worker }: Home): number => [...homes.values()].filter((home) => home.worker === worker).length;
    if (workers.length < most && workers.every((home) => unitsOf(home) > 0)) workers.push(another());
    const [home = { worker: first, usable: Promise.resolve(true) }] = [...workers].sort(
      (a, b) => unitsOf(a) - unitsOf(b) || a.worker.load - b.worker.load,
    );
    homes.set(unit, home);
    return home;
  }

  /** A further worker. Where the machine has no room for it, the others do its work. */
  function another(): Home {
    const worker = startWorker(plan);
    const usable = worker.describe().then(
      () => true,
      () => false,
    );
    const home: Home = { worker, usable };
    void usable.then((started) => {
      if (started) return;
      most = workers.length - 1;
      workers.splice(workers.indexOf(home), 1);
      for (const [unit, { worker: owner }] of homes) if (owner === worker) homes.delete(unit);
      void worker.close();
    });
    return home;
  }

  async function answer(question: Question): Promise<Outcome> {
    const home = homeOf(question.unit);
    return (await home.usable) ? home.worker.answer(question) : answer(question);
  }

  /** A worker that has done nothing but import: a forked child of one that keeps so, else, where nothing forks, a new process. */
  async function untouched(): Promise<{ readonly worker: Worker; readonly leave: () => Promise<unknown> }> {
    if (forks) {
      zygote ??= startWorker(plan);
      await zygote.describe();
      forks = await zygote.request("fork", {}).then(
        () => true,
        () => false,
      );
      const { request } = zygote;
      if (forks) return { worker: zygote, leave: () => request("end", {}).catch(() => undefined) };
    }
    const worker = zygote ?? startWorker(plan);
    zygote = undefined;
    await worker.describe();
    return { worker, leave: () => worker.close() };
  }

  return {
    get id() {
      return id;
    },
    asked,
    async describe() {
      const spec = await first.describe();
      if (spec.version !== null) id = released(asked, spec.version);
      return spec;
    },
    answer,
    release(unit) {
      homes.delete(unit);
    },
    alone(body) {
      // One after another: the forked child owns the zygote's pipes until it ends.
      const run = turn.then(async () => {
        const { worker, leave } = await untouched();
        try {
          return await body((question) => worker.answer({ ...question, fresh: true }));
        } finally {
          await leave();
        }
      });
      turn = run.catch(() => undefined);
      return run;
    },
    async script({ unit, config, method, args }) {
      const reply = await first.request("script", { unit, config: config as never, method, args }).catch(() => undefined);
      return typeof reply?.["text"] === "string" ? reply["text"] : null;
    },
    async stats() {
      const asking = await Promise.allSettled(workers.map(({ worker }) => worker.stats()));
      return asking.filter((one): one is PromiseFulfilledResult<Stats> => one.status === "fulfilled").map(({ value }) => value);
    },
    async close() {
      await Promise.all([...workers.map(({ worker }) => worker.close()), zygote?.close()]);
    },
  };
}

/** `pip:NAME`, whichever release was asked for, with the one that was found; paths and everything else stay as they are. */
function released(asked: string, version: string): string {
  const name = /^pip:([A-Za-z0-9._-]+)\s*(?:[=<>~!].*)?$/.exec(asked)?.[1];
  return name === undefined || /\.(whl|zip|tar\.gz)$/.test(name) ? asked : `pip:${name}==${version}`;
}
