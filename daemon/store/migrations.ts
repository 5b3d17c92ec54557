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
];
