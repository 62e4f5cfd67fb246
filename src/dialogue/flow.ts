import type { DialogueEffect, DialogueEvent, DialogueStart, InputModes } from './dialogue.ts';

/*
 * The seam between whatever interprets a dialplan and what keeps it within its budget: an interpreter takes one step at a
 * time and says whether it would go on by itself. It never goes on by itself.
 */

/** Plain JSON; what is in it is the interpreter's business. */
export type FlowState = { readonly flow: unique symbol };

export interface FlowStep {
  readonly state: FlowState;
  readonly effects: readonly DialogueEffect[];
  /** Nobody is waited for: `goOn` leads to the next state. */
  readonly passing: boolean;
}

export interface Flow {
  start(start: DialogueStart, input: InputModes): FlowStep;
  step(state: FlowState, event: DialogueEvent, input: InputModes): FlowStep;
  goOn(state: FlowState): FlowStep;
}

/**
 * How far a dialplan may go without the caller. A step is one move of the interpreter: into a state, past a slot that is
 * known, out of a state that waits for nobody. The check refuses dialplans that could go farther than `planned`, which
 * leaves room below what ends a call.
 */
export const FLOW_LIMITS = {
  /** Of the check: steps on any way from one answer of the caller's to the next question. */
  planned: 100,
  perEvent: 120,
  /** Between two answers of the caller, whatever the bank and the people do. */
  betweenAnswers: 200,
  /** Transfers between two answers; of the check as well. */
  rings: 8,
  perCall: 20_000,
} as const;
