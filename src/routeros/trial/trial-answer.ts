/** What a throw-away router answered, by what it did. */
export interface TrialAnswer {
  id: string;
  question: string;
  answer: 'yes' | 'no' | 'cannot tell';
  /** The router's words where it refused, without what may be a name. */
  said?: string;
  category?: number;
  /** Why it cannot be told, or what was seen beside the answer. */
  note?: string;
}

/** What a question found out; `undefined` for what cannot be told. */
export interface Outcome {
  is: boolean | undefined;
  said?: string;
  category?: number;
  note?: string;
}

/** Something only a write shows. */
export interface Question<T> {
  id: string;
  question: string;
  /** Leaves things as they come: the workbench takes away what was added, and sets back what was set. */
  ask: (about: T) => Promise<Outcome>;
}

export function cannotTell(note: string): Outcome {
  return { is: undefined, note };
}

export function answerOf(
  { id, question }: Pick<Question<never>, 'id' | 'question'>,
  { is, ...rest }: Outcome,
): TrialAnswer {
  const answer = is === undefined ? 'cannot tell' : is ? 'yes' : 'no';
  return { id, question, answer, ...rest };
}
