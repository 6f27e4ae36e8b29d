/**
 * The chance that a run blames right code for what it drew, whatever is run: divided among the statistical tests, and printed.
 */
export const falseAlarmBudget: number = 10 ** -9;
