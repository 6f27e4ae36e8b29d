/**
 * # The command line
 *
 * Parses arguments and hands over; returns the exit code. Nothing here ends the process.
 */
import { Command, CommanderError } from "commander";
import type { BackendFlags } from "#cli/backend";
import type { DoctorFlags } from "#cli/doctor";
import { exit, exitHelp } from "#cli/exit";
import type { Io } from "#cli/io";
import type { ListFlags } from "#cli/list";
import type { MergeFlags } from "#cli/merge";
import type { RecordFlags } from "#cli/record";
import type { ReplayFlags } from "#cli/replay";
import type { VerifyFlags } from "#cli/verify-options";
import { lawbookVersion } from "#cli/version";
import { SpecError } from "#spec/error";

export async function main(argv: readonly string[], io: Io): Promise<number> {
  let code: number = exit.expected;
  const done = async (command: Promise<number>): Promise<void> => {
    code = await command;
  };
  try {
    await program(io, done).parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.expected : exit.unusable;
    if (!(error instanceof SpecError)) throw error;
    io.live?.clear();
    io.err(`lawbook: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`);
    return exit.unusable;
  }
}

type Done = (command: Promise<number>) => Promise<void>;

function program(io: Io, done: Done): Command {
  const root = new Command("lawbook")
    .description("Holds diffusion code to the mathematics of diffusion.")
    .version(lawbookVersion(), "-V, --version", "print the version")
    .helpCommand("help [command]", "help on a command")
    .addHelpText("after", exitHelp)
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: (text, write) => write(text.replace(/^error: /, "lawbook: ")) })
    .showHelpAfterError("(lawbook --help lists commands and options)")
    .exitOverride();
  verifyOf(root, io, done);
  readersOf(root, io, done);
  reportsOf(root, io, done);
  return root;
}

const likeHelp = "the library whose interface a class in a file has";
const pythonHelp = "the Python that the subject runs in";
const failOnHelp = "which verdicts end with exit code 1: violated, inconclusive, error (error alone: violations do not)";
const reporterHelp = "terminal, json or junit, to standard output or a file; repeatable";

const collect = (value: string, known: readonly string[] = []): readonly string[] => [...known, value];

function verifyOf(root: Command, io: Io, done: Done): void {
  root
    .command("verify")
    .description("hold subjects to the laws")
    .argument("[subject...]", "builtin, a library (diffusers), pip:NAME[==RELEASE], FILE.py:CLASS with --like, FILE.py with an adapter")
    .option("--laws <patterns>", "only these laws: 'gaussian.*,schedule.karras'")
    .option("--units <patterns>", "only these units (classes) of the subjects: 'DDIM*,DDPM*'")
    .option("--effort <effort>", "quick, standard or deep: how many configurations and cases", "standard")
    .option("--max-time <duration>", "stop beginning new work after 60s, 5m, …")
    .option("--seed <n>", "what all cases are drawn from", "1")
    .option("--like <library>", likeHelp)
    .option("--python <path>", pythonHelp)
    .option("--workers <n>", "processes per subject")
    .option("--backend <name>", "where builtin runs: tensorflow, webgpu, wasm or cpu; the fastest that starts where absent")
    .option("--all-backends", "builtin on every backend that is installed")
    .option("--shard <i/n>", "only the i-th of n parts of the work")
    .option("--control <law/name>", "see a law fail: run one of its wrong versions in place of a subject")
    .option("--fail-on <verdicts>", failOnHelp, "violated")
    .option("--reporter <name[=file]>", reporterHelp, collect)
    .option("--verbose", "all faults, classes, options and reasons")
    .action((subjects: string[], flags: VerifyFlags) =>
      done(import("#cli/verify").then(({ verifyCommand }) => verifyCommand(subjects, flags, io))),
    );
}

/** Commands that say what there is. */
function readersOf(root: Command, io: Io, done: Done): void {
  root
    .command("list")
    .description("laws, subjects, or the units of a subject")
    .argument("<what>", "laws, subjects or units")
    .argument("[subject]", "for units; builtin where absent")
    .option("--like <library>", likeHelp)
    .option("--python <path>", pythonHelp)
    .option("--verbose", "options of each unit with their values")
    .action((what: string, subject: string | undefined, flags: ListFlags) =>
      done(import("#cli/list").then(({ listCommand }) => listCommand(what, subject, flags, io))),
    );
  root
    .command("explain")
    .description("all about a law: statement, sources, tolerance, controls, real mistakes that it caught")
    .argument("<law>")
    .action((law: string) => done(import("#cli/explain").then(({ explainCommand }) => explainCommand(law, io))));
  root
    .command("replay")
    .description("one case again, from the line that a report prints")
    .argument("<token>")
    .option("--as <language>", "print a script that repeats the call without lawbook: python")
    .option("--like <library>", likeHelp)
    .option("--python <path>", pythonHelp)
    .option("--verbose", "every call and answer")
    .action((token: string, flags: ReplayFlags) =>
      done(import("#cli/replay").then(({ replayCommand }) => replayCommand(token, flags, io))),
    );
  root
    .command("doctor")
    .description("whether lawbook and a subject can run here, and what the subject declares")
    .argument("[subject]", "a subject, or a file with an adapter")
    .option("--like <library>", likeHelp)
    .option("--python <path>", pythonHelp)
    .action((subject: string | undefined, flags: DoctorFlags) =>
      done(import("#cli/doctor").then(({ doctorCommand }) => doctorCommand(subject, flags, io))),
    );
  root
    .command("init")
    .description("write an adapter to start from")
    .argument("[file]", "lawbook_adapter.py where absent")
    .option("--python", "in Python, the language that adapters are written in")
    .action((file: string | undefined) => done(import("#cli/init").then(({ initCommand }) => initCommand(file, io))));
  root
    .command("record")
    .description("keep a subject's answers in a file, which recording:FILE verifies without it")
    .argument("<subject>")
    .requiredOption("--out <file>", "where to write it: NAME.recording.gz")
    .option("--laws <patterns>", "only the questions of these laws")
    .option("--units <patterns>", "only these units of the subject")
    .option("--effort <effort>", "quick, standard or deep", "standard")
    .option("--seed <n>", "what all cases are drawn from", "1")
    .option("--like <library>", likeHelp)
    .option("--python <path>", pythonHelp)
    .option("--repository <url>", "where its code is")
    .option("--commit <hash>", "which state of it answered")
    .option("--licence <name>", "under which it may be used")
    .action((subject: string, flags: RecordFlags) =>
      done(import("#cli/record").then(({ recordCommand }) => recordCommand(subject, flags, io))),
    );
  root
    .command("backend")
    .description("what the builtin implementations run on")
    .argument("<action>", "install")
    .argument("[name]", "tensorflow, webgpu or wasm")
    .option("--python <path>", "the Python whose pip fetches TensorFlow's library")
    .action((action: string, name: string | undefined, flags: BackendFlags) =>
      done(import("#cli/backend").then(({ backendCommand }) => backendCommand(action, name, flags, io))),
    );
}

/** Commands on reports that were written. */
function reportsOf(root: Command, io: Io, done: Done): void {
  root
    .command("diff")
    .description("what changed between two JSON reports; 1 where a fault is new")
    .argument("<before>")
    .argument("<after>")
    .action((before: string, after: string) => done(import("#cli/diff").then(({ diffCommand }) => diffCommand(before, after, io))));
  root
    .command("merge")
    .description("put the JSON reports of shards together")
    .argument("<report...>")
    .option("--fail-on <verdicts>", failOnHelp, "violated")
    .option("--reporter <name[=file]>", reporterHelp, collect)
    .option("--verbose", "all faults, classes, options and reasons")
    .action((files: string[], flags: MergeFlags) => done(import("#cli/merge").then(({ mergeCommand }) => mergeCommand(files, flags, io))));
}
