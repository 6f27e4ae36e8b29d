/**
 * What PROTOCOL.md asks of every server, as checks that run against a command. Each has a process of its own; `run` answers with
 * what is wrong, or null.
 */
import type { Check } from "#subjects/conformance-check";
import { frameChecks } from "#subjects/conformance-frames";
import { subjectChecks } from "#subjects/conformance-subject";

export const conformance: readonly Check[] = [...frameChecks, ...subjectChecks];
