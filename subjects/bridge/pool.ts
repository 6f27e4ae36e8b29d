/**
 * Several worker processes for one subject, and a further one that is forked for every confirmation.
 */
import type { Answerer, Outcome, Question } from "#subjects/answerer";
import { type Worker, type WorkerPlan, startWorker } from "#subjects/bridge/process";

/** A subject answered by `count` processes. Each unit stays with one of them while it has questions, so that objects are reused. */
export function pool(asked: string, plan: WorkerPlan, count: number): Answerer & { readonly id: string } {
  const workers: Worker[] = [startWorker(plan)];
  const homes = new Map<string, { worker: Worker; open: number }>();
  let zygote: Worker | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let id = asked;

  function homeOf(unit: string): { worker: Worker; open: number } {
    const known = homes.get(unit);
    if (known !== undefined) return known;
    const unitsOf = (worker: Worker): number => [...homes.values()].filter((home) => home.worker === worker).length;
    while (workers.length < count && workers.every((worker) => unitsOf(worker) > 0)) {
      const worker = startWorker(plan);
      // Questions wait in its queue until the description is through.
      void worker.describe().catch(() => undefined);
      workers.push(worker);
    }
    const [worker = workers[0]] = [...workers].sort((a, b) => unitsOf(a) - unitsOf(b) || a.load - b.load);
    if (worker === undefined) throw new Error("a pool has at least one worker");
    const home = { worker, open: 0 };
    homes.set(unit, home);
    return home;
  }

  async function answer(question: Question): Promise<Outcome> {
    const home = homeOf(question.unit);
    home.open += 1;
    try {
      return await home.worker.answer(question);
    } finally {
      home.open -= 1;
    }
  }

  return {
    get id() {
      return id;
    },
    asked,
    async describe() {
      const [first] = workers;
      if (first === undefined) throw new Error("a pool has at least one worker");
      const spec = await first.describe();
      if (spec.version !== null && asked.startsWith("pip:")) id = `${asked.split("==")[0]}==${spec.version}`;
      return spec;
    },
    answer,
    release(unit) {
      homes.delete(unit);
    },
    alone(body) {
      // One after another: the forked child owns the zygote's pipes until it ends.
      const run = turn.then(async () => {
        zygote ??= startWorker(plan);
        await zygote.describe();
        const forked = await zygote.request("fork", {}).then(
          () => true,
          () => false,
        );
        const worker = forked ? zygote : startWorker(plan);
        if (!forked) await worker.describe();
        try {
          return await body((question) => worker.answer({ ...question, fresh: true }));
        } finally {
          if (forked) await worker.request("end", {}).catch(() => undefined);
          else await worker.close();
        }
      });
      turn = run.catch(() => undefined);
      return run;
    },
    async script({ unit, config, method, args }) {
      const [first] = workers;
      const reply = await first?.request("script", { unit, config: config as never, method, args });
      return typeof reply?.["text"] === "string" ? reply["text"] : null;
    },
    stats() {
      return Promise.all(workers.map((worker) => worker.stats()));
    },
    async close() {
      await Promise.all([...workers, ...(zygote === undefined ? [] : [zygote])].map((worker) => worker.close()));
    },
  };
}
