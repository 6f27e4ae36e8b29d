/**
 * What the command line needs of the process that runs it. Tests hand in their own.
 */
export interface Io {
  /** Data. */
  readonly out: (text: string) => void;
  /** Messages and progress. */
  readonly err: (text: string) => void;
  /** A line that replaces itself; null where there is no terminal, or in continuous integration. */
  readonly live: { readonly show: (line: string) => void; readonly clear: () => void } | null;
  readonly outIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Calls back at Ctrl-C; what it returns stops that. */
  readonly onInterrupt: (heard: () => void) => () => void;
}

/** Whether to colour: NO_COLOR says no, FORCE_COLOR yes, otherwise terminals are coloured. */
export function coloured({ env, outIsTerminal }: Io): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return outIsTerminal && env["TERM"] !== "dumb";
}
