/**
 * The accounts that a job is charged to, at the day of `at`: what `budgets` names, its delegation tree, the day (of the
 * machine's own time zone) and the vendor's session.
 */
const accountsAt = (at: string): string =>
  `select value ->> 'account' as account from json_each(new.budgets)
     union all select 'tree ' || new.root where new.root is not null
     union all select 'day ' || date(${at} / 1000, 'unixepoch', 'localtime')
     union all select 'session ' || new.agent || ' ' || new.session_id where new.session_id is not null`;

/** Adds an ended job to the totals. */
const oneMoreEnded = `insert into totals (state, jobs, disk_bytes) values (new.state, 1, new.disk_bytes)
       on conflict (state) do update set jobs = jobs + 1, disk_bytes = disk_bytes + excluded.disk_bytes;`;

/**
 * The schema, as numbered steps that only go forward. A released step is never edited; a change is a new step.
 * `user_version` of the database is the number of steps it has seen.
 */
export const migrations: readonly string[] = [
  `create table jobs (
     sequence         integer primary key autoincrement, -- never reused: ids are unique for ever in this store
     id               text not null unique,
     call_key         text unique,           -- shim id and request id: the same call never makes a second job
     agent            text not null,
     state            text not null,
     background       integer not null,      -- 1: no open call waits for it, so its end is announced
     host             text not null,
     host_session     text,                  -- the host's own id of the conversation, where it tells
     caller           text not null,         -- identity of the shim process: who owned it while that lives
     scope            text not null,         -- host, workspace and enclosing delegation: whose jobs these are
     parent           text,
     depth            integer not null,
     nonce            text not null,
     task             text not null,
     cwd              text not null,
     policy           text not null,         -- JSON: the policy this job runs under, with the origin of each value
     mode             text not null,
     model            text,
     reasoning        text,
     thinking         text,
     time_limit_ms    integer not null,
     session_id       text,
     pid              integer,
     start_time       text,
     boot_id          text,
     output_offset    integer not null default 0,
     stop_reason      text,
     exit_code        integer,
     error_code       text,
     error_message    text,
     usage            text,
     created_at       integer not null,      -- ms since the epoch, for people; limits use started_uptime_ms
     started_at       integer,
     started_uptime_ms integer,
     ended_at         integer,
     disk_bytes       integer not null default 0,  -- of the job's folder, known once it has ended
     delivered_at     integer
   ) strict;
   create index jobs_unfinished on jobs (state, sequence) where ended_at is null;
   create index jobs_children on jobs (parent) where ended_at is null;
   create index jobs_of_session on jobs (agent, session_id) where ended_at is null;
   create index jobs_of_caller on jobs (caller) where ended_at is null;
   create index jobs_scope on jobs (scope, sequence desc);
   create index jobs_ended on jobs (ended_at) where ended_at is not null;
   create index jobs_unread on jobs (scope) where background = 1 and delivered_at is null and ended_at is not null;

   create table events (
     job   text not null references jobs (id) on delete cascade,
     seq   integer not null,
     at    integer not null,
     body  text not null,                    -- one AgentEvent as JSON
     primary key (job, seq)
   ) strict, without rowid;

   create table sessions (
     agent        text not null,
     session_id   text not null,
     cwd          text not null,
     host         text not null,
     host_session text,
     caller       text not null,
     scope        text not null,
     last_job     text not null,
     used_at      integer not null,
     primary key (agent, session_id, scope)
   ) strict, without rowid;
   create index sessions_scope on sessions (scope, agent, used_at desc);`,
  `alter table jobs add column root text;          -- the job that began the delegation tree; its own id at the top
   alter table jobs add column budgets text not null default '[]'; -- JSON: the budgets that it counts into, with their limits
   alter table jobs add column input_tokens integer;  -- cached ones included; null: the CLI has not told
   alter table jobs add column output_tokens integer;
   alter table jobs add column cached_tokens integer;
   alter table jobs add column cost_usd real;
   alter table jobs add column cost_estimated integer not null default 0; -- 1: by the owner's prices, not the CLI's word
   alter table jobs add column usage_at integer;      -- when the usage last changed
   update jobs set input_tokens = usage ->> 'inputTokens', output_tokens = usage ->> 'outputTokens',
     cached_tokens = usage ->> 'cachedTokens', cost_usd = usage ->> 'costUsd', usage_at = ended_at;
   alter table jobs drop column usage;

   -- What was spent, by account. It only follows jobs, so it cannot differ from them, and it stays when one is removed.
   create table spending (
     account       text primary key,
     calls         integer not null,
     input_tokens  integer not null,
     output_tokens integer not null,
     cached_tokens integer not null,
     cost_usd      real not null,
     used_at       integer not null
   ) strict, without rowid;
   create trigger jobs_accepted after insert on jobs begin
     insert into spending (account, calls, input_tokens, output_tokens, cached_tokens, cost_usd, used_at)
     select account, 1, coalesce(new.input_tokens, 0), coalesce(new.output_tokens, 0),
       coalesce(new.cached_tokens, 0), coalesce(new.cost_usd, 0), coalesce(new.usage_at, new.created_at)
     from (${accountsAt('coalesce(new.usage_at, new.created_at)')}) where true
     on conflict (account) do update set calls = calls + 1, input_tokens = input_tokens + excluded.input_tokens,
       output_tokens = output_tokens + excluded.output_tokens,
       cached_tokens = cached_tokens + excluded.cached_tokens, cost_usd = cost_usd + excluded.cost_usd,
       used_at = max(used_at, excluded.used_at);
   end;
   create trigger jobs_spent after update of input_tokens, output_tokens, cached_tokens, cost_usd on jobs begin
     insert into spending (account, calls, input_tokens, output_tokens, cached_tokens, cost_usd, used_at)
     select account, 0, coalesce(new.input_tokens, 0) - coalesce(old.input_tokens, 0),
       coalesce(new.output_tokens, 0) - coalesce(old.output_tokens, 0),
       coalesce(new.cached_tokens, 0) - coalesce(old.cached_tokens, 0),
       coalesce(new.cost_usd, 0) - coalesce(old.cost_usd, 0), new.usage_at
     from (${accountsAt('new.usage_at')}) where true
     on conflict (account) do update set input_tokens = input_tokens + excluded.input_tokens,
       output_tokens = output_tokens + excluded.output_tokens,
       cached_tokens = cached_tokens + excluded.cached_tokens, cost_usd = cost_usd + excluded.cost_usd,
       used_at = max(used_at, excluded.used_at);
   end;

   -- Which warnings a conversation has been given.
   create table warnings (
     conversation text not null,
     warning      text not null,
     at           integer not null,
     primary key (conversation, warning)
   ) strict, without rowid;`,
  `create index jobs_by_state on jobs (state, sequence);
   create index jobs_by_agent on jobs (agent, sequence);
   create index jobs_by_host on jobs (host, sequence);
   create index jobs_by_cwd on jobs (cwd, sequence);
   create index jobs_by_time on jobs (created_at);
   create index jobs_by_parent on jobs (parent, sequence) where parent is not null;`,
  // Sums over many jobs read this alone: behind a long task the other columns are many pages away. Only of ended jobs,
  // so that a running one costs nothing: 6 kB tasks, 100,000 jobs, 0.1 s instead of 1.5 s.
  `create index jobs_sums on jobs (created_at, agent, host, cwd, state, started_at, ended_at, input_tokens,
     output_tokens, cached_tokens, cost_usd) where ended_at is not null;`,
  `create index jobs_with_words on jobs (ended_at) where ended_at is not null and task <> '';`,
  // Events that came together are one row.
  `create table rows (
     job    text not null references jobs (id) on delete cascade,
     last   integer not null,                -- the number of the last event in it
     at     integer not null,
     bodies text not null,                   -- AgentEvents as a JSON array
     primary key (job, last)
   ) strict, without rowid;
   insert into rows select job, seq, at, '[' || body || ']' from events;
   drop table events;
   alter table rows rename to events;`,
  // Ended jobs by state, so that nobody has to count them. It only follows jobs, so it cannot differ from them. Of
  // 100,000 jobs, counting took 20 ms of every status, and adding up their folders 0.2 s at every start and every hour.
  `create table totals (
     state      text primary key,
     jobs       integer not null,
     disk_bytes integer not null
   ) strict, without rowid;
   insert into totals select state, count(*), sum(disk_bytes) from jobs where ended_at is not null group by state;
   create trigger totals_ended after update of ended_at on jobs when old.ended_at is null and new.ended_at is not null
   begin
     ${oneMoreEnded}
   end;
   create trigger totals_restored after insert on jobs when new.ended_at is not null begin
     ${oneMoreEnded}
   end;
   create trigger totals_removed after delete on jobs when old.ended_at is not null begin
     update totals set jobs = jobs - 1, disk_bytes = disk_bytes - old.disk_bytes where state = old.state;
   end;`,
  // Rows of events apart from their key: where they were part of it, SQLite read whole ones to compare two numbers, a
  // seventh of a large ingest.
  `create table rows (
     job    text not null references jobs (id) on delete cascade,
     last   integer not null,
     at     integer not null,
     bodies text not null,
     primary key (job, last)
   ) strict;
   insert into rows select job, last, at, bodies from events order by job, last;
   drop table events;
   alter table rows rename to events;`,
];
