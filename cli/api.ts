/**
 * lawbook as a library: subjects, laws, runs and reports without the command line.
 */

export type { Io } from "#cli/io";
export { lawPages } from "#cli/law-page";
export { main } from "#cli/program";
export { builtin } from "#impl/subject";
export { properties } from "#properties/all";
export { type Effort, efforts } from "#properties/engine/effort";
export { type Control, type Property, property, type Version } from "#properties/engine/property";
export { type Progress, type RunPlan, type Selection, unattended, verify } from "#properties/engine/run";
export type { ControlReport, Coverage, Fault, Report, RunInfo, Status, SubjectReport, Verdict } from "#properties/engine/verdict";
export { fromJson, toJson } from "#reports/json";
export { toJunit } from "#reports/junit";
export type { LawPage, LawPages } from "#reports/law-page";
export { type TerminalOptions, toTerminal } from "#reports/terminal";
export type { Answerer, Configuration, Outcome, Question, SubjectSpec, UnitSpec } from "#subjects/answerer";
export { type Asked, resolveSubject, SubjectError } from "#subjects/resolve";
