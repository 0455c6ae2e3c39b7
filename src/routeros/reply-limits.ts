/** How much may come over one connection. Whoever sends more is out of step, broken or hostile. */
export interface ReplyLimits {
  /** One word: a name and its value. */
  wordBytes: number;
  /** One sentence: a row, mostly. */
  sentenceWords: number;
  sentenceBytes: number;
  /** All sentences that answer one command. */
  replyRows: number;
  replyBytes: number;
  /** What belongs to no finished reply: all that are under way together, and what nobody asked for. */
  unfinishedBytes: number;
}

const KB = 1024;
const MB = 1024 * KB;

/** Beside its bytes each word counts this much, about what a short one takes in memory. */
export const WORD_OVERHEAD_BYTES = 32;

export const REPLY_LIMITS: Record<'beforeLogin' | 'afterLogin', Readonly<ReplyLimits>> = {
  // A "no" of one line is the most that an honest router says to somebody it does not know yet.
  beforeLogin: {
    wordBytes: 4 * KB,
    sentenceWords: 32,
    sentenceBytes: 8 * KB,
    replyRows: 8,
    replyBytes: 16 * KB,
    unfinishedBytes: 16 * KB,
  },
  afterLogin: {
    // The longest word there is holds a file, of which the API shows 60 KB at most.
    wordBytes: 128 * KB,
    // The widest menus have about a hundred properties.
    sentenceWords: 512,
    sentenceBytes: 256 * KB,
    // The biggest shops have some thousand queues, and brought some ten thousand users from another program.
    replyRows: 50_000,
    // All of 5,000 queues take 5 MB as it is counted here, and 20,000 users 10 MB.
    replyBytes: 16 * MB,
    // One round prints four tables at once.
    unfinishedBytes: 32 * MB,
  },
};
