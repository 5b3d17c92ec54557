import type { Db } from './open.ts';

/** What was spent by all jobs of one account, the removed ones included. */
export interface Spending {
  calls: number;
  /** Input and output, cached ones included. */
  tokens: number;
  costUsd: number;
}

export type SessionTokens = Record<'inputTokens' | 'outputTokens' | 'cachedTokens', number>;

const nothing: Spending = { calls: 0, tokens: 0, costUsd: 0 };

/** The account of the day, by the machine's own time zone, of a time in ms. */
const dayOf = `'day ' || date(? / 1000, 'unixepoch', 'localtime')`;

/**
 * The statements on `spending` and `warnings`, prepared once. Accounts are only read: triggers charge them with every
 * job that is accepted and with all that it spends, in the same transaction.
 */
export function spendingStatements(db: Db) {
  const columns = 'calls, input_tokens + output_tokens as tokens, cost_usd as costUsd';
  const one = db.prepare<[string], Spending>(`select ${columns} from spending where account = ?`);
  const day = db.prepare<[number], { account: string }>(`select ${dayOf} as account`);
  const tokens = db.prepare<[string], SessionTokens>(
    `select input_tokens as inputTokens, output_tokens as outputTokens, cached_tokens as cachedTokens
     from spending where account = ?`,
  );
  const warn = db.prepare('insert or ignore into warnings (conversation, warning, at) values (?, ?, ?)');
  const forgetAccounts = db.prepare('delete from spending where used_at < ?');
  const forgetWarnings = db.prepare('delete from warnings where at < ?');

  return {
    /** What an account has spent; nothing where it is not known. */
    of: (account: string): Spending => one.get(account) ?? nothing,
    /** The account of the day of that time. */
    day: (at: number): string => (day.get(at) as { account: string }).account,
    /** The tokens that all jobs of a vendor's session have spent. */
    ofSession: (agent: string, sessionId: string): SessionTokens =>
      tokens.get(`session ${agent} ${sessionId}`) ?? { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
    /** True once for every warning of a conversation. */
    warnsFirst: (conversation: string, warning: string, at: number): boolean =>
      warn.run(conversation, warning, at).changes === 1,
    /** Removes accounts and warnings that nobody has used since. */
    forget(before: number): void {
      forgetAccounts.run(before);
      forgetWarnings.run(before);
    },
  };
}
