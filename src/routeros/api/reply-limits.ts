/** How much may come over one connection. A sender of more is out of step, broken or hostile. */
export interface ReplyLimits {
  /** One word: a name and its value. */
  wordBytes: number;
  /** One sentence, usually a row. */
  sentenceWords: number;
  sentenceBytes: number;
  /** All sentences that answer one command. */
  replyRows: number;
  replyBytes: number;
  /** Data of no finished reply: all replies under way together, and data nobody asked for. */
  unfinishedBytes: number;
}

const KB = 1024;
const MB = 1024 * KB;

/** Each word counts this much besides its bytes, about what a short one takes in memory. */
export const WORD_OVERHEAD_BYTES = 32;

export const REPLY_LIMITS: Record<'beforeLogin' | 'afterLogin', Readonly<ReplyLimits>> = {
  // A one-line refusal is the most that an honest router sends before login.
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
    // The biggest shops have some thousand queues, and imported some ten thousand users.
    replyRows: 50_000,
    // 5,000 queues take 5 MB as counted here, and 20,000 users 10 MB.
    replyBytes: 16 * MB,
    // One round prints four tables at once.
    unfinishedBytes: 32 * MB,
  },
};
