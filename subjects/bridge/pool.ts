/**
 * Several worker processes for one subject. Where a process can fork, one does nothing but import: every worker begins as its
 * child, and so does a further one for every confirmation. Elsewhere each of them imports anew.
 */
import type { Answerer, Outcome, Question, Stats } from "#subjects/answerer";
import { openBranch } from "#subjects/bridge/branch";
import { startWorker } from "#subjects/bridge/process";
import type { Worker, WorkerPlan } from "#subjects/bridge/worker";

interface Home {
  readonly worker: Worker;
  /** Whether the worker could be started. */
  readonly usable: Promise<boolean>;
}

/** A subject answered by `count` processes. Each unit stays with one of them while it has questions, so that objects are reused. */
export function pool(asked: string, plan: WorkerPlan, count: number): Answerer & { readonly id: string } {
  const root = startWorker(plan);
  const workers: Home[] = [];
  const homes = new Map<string, Home>();
  let most = count;
  let turn: Promise<unknown> = Promise.resolve();
  let id = asked;

  /** A worker that has done nothing but import. The root is described when it is asked for. */
  const untouched = (): Worker =>
    root.forks
      ? startWorker(plan, { spec: () => root.describe(), open: (listener) => openBranch(root.request, listener) })
      : startWorker(plan);

  function homeOf(unit: string): Home {
    const known = homes.get(unit);
    if (known !== undefined) return known;
    const unitsOf = ({ worker }: Home): number => [...homes.values()].filter((home) => home.worker === worker).length;
    if (workers.length === 0) workers.push(root.forks ? another() : only());
    else if (workers.length < most && workers.every((home) => unitsOf(home) > 0)) workers.push(another());
    const [home = only()] = [...workers].sort((a, b) => unitsOf(a) - unitsOf(b) || a.worker.load - b.worker.load);
    homes.set(unit, home);
    return home;
  }

  const only = (): Home => ({ worker: root, usable: Promise.resolve(true) });

  /** A further worker. Where the machine has no room for it, the others do its work. */
  function another(): Home {
    const worker = untouched();
    const usable = worker.describe().then(
      () => true,
      () => false,
    );
    const home: Home = { worker, usable };
    void usable.then((started) => {
      if (started) return;
      workers.splice(workers.indexOf(home), 1);
      // Not even one: the root can answer itself.
      if (workers.length === 0) workers.push(only());
      most = workers.length;
      for (const [unit, { worker: owner }] of homes) if (owner === worker) homes.delete(unit);
      void worker.close();
    });
    return home;
  }

  async function answer(question: Question): Promise<Outcome> {
    const worker = await workerOf(question.unit);
    return worker.answer(question);
  }

  /** Where a unit's questions go; the root says what is wrong where it could not be started. */
  async function workerOf(unit: string): Promise<Worker> {
    const loaded = await root.describe().then(
      () => true,
      () => false,
    );
    if (!loaded) return root;
    const { worker, usable } = homeOf(unit);
    return (await usable) ? worker : workerOf(unit);
  }

  return {
    get id() {
      return id;
    },
    asked,
    async describe() {
      const spec = await root.describe();
      if (spec.version !== null) id = released(asked, spec.version);
      return spec;
    },
    answer,
    release(unit) {
      homes.delete(unit);
    },
    alone(body) {
      // One after another, so that those who wait for answers do not take turns with confirmations.
      const run = turn.then(async () => {
        await root.describe();
        const worker = untouched();
        try {
          return await body((question) => worker.answer({ ...question, fresh: true }));
        } finally {
          await worker.close();
        }
      });
      turn = run.catch(() => undefined);
      return run;
    },
    async script({ unit, config, method, args }) {
      const worker = await workerOf(unit);
      const reply = await worker.request("script", { unit, config: config as never, method, args }).catch(() => undefined);
      return typeof reply?.["text"] === "string" ? reply["text"] : null;
    },
    async stats() {
      const asking = await Promise.allSettled(workers.map(({ worker }) => worker.stats()));
      return asking.filter((one): one is PromiseFulfilledResult<Stats> => one.status === "fulfilled").map(({ value }) => value);
    },
    async close() {
      await Promise.all(workers.filter(({ worker }) => worker !== root).map(({ worker }) => worker.close()));
      await root.close();
    },
  };
}

/** `pip:NAME`, whichever release was asked for, with the one that was found; paths and everything else stay as they are. */
function released(asked: string, version: string): string {
  const name = /^pip:([A-Za-z0-9._-]+)\s*(?:[=<>~!].*)?$/.exec(asked)?.[1];
  return name === undefined || /\.(whl|zip|tar\.gz)$/.test(name) ? asked : `pip:${name}==${version}`;
}
