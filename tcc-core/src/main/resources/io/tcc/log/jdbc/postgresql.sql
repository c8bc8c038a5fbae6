-- Tables of io.tcc, version 1. Times are in UTC. The prefix tcc_ is replaced by the configured one.

-- Who this log is: the row that is not retired. A copied or restored database is given a new id.
create table if not exists tcc_log (
  id varchar(32) collate "C" not null,
  schema_version int not null,
  created_at timestamp(3) not null,
  retired_at timestamp(3),
  in_force smallint default 1,         -- 1: the identity of this log; null: it is retired
  primary key (id),
  unique (in_force)
);

-- One row per decided global transaction that this service began. Inserting it decides.
create table if not exists tcc_decision (
  xid char(32) collate "C" not null,     -- the transaction; the first insertion wins
  name varchar(200) not null,            -- for people
  outcome varchar(12) not null,          -- COMMIT or ABORT, never changes; PRE_COMMIT (3PC) becomes one of them once
  state varchar(12) collate "C" not null, -- DRIVING, PARKED, DIVERGED (3PC), DONE
  initiator varchar(97) not null,        -- this service and this log
  enlisted text not null,                -- who has to be told: service@log=paths, with + where rounds are taken
  acknowledged text not null,            -- who has answered, service@log separated by semicolons
  begun_at timestamp(3) not null,        -- on the clock of the instance that began it
  timeout_ms bigint not null,            -- time for the work phase
  attempts int not null,                 -- passes that did not reach everybody
  next_attempt timestamp(3) not null,    -- when an instance may take it over
  owner varchar(100) not null,           -- the instance that drives it
  epoch bigint not null,                 -- grows with every takeover; a late owner is refused
  last_error varchar(1000),              -- why the last pass did not reach everybody
  created_at timestamp(3) not null,
  updated_at timestamp(3) not null,
  primary key (xid)
);

-- Without what is done: each index that a row is in costs time at every change of it.
create index if not exists tcc_decision_due on tcc_decision (state, next_attempt)
  where state <> 'DONE';

-- One row per branch that this service holds, written with the business change that it stands for.
-- Ordinal 0 of a call is its fence; a fence alone is the tombstone of a call that was cancelled early.
create table if not exists tcc_branch (
  xid char(32) collate "C" not null,     -- the transaction
  path varchar(64) collate "C" not null, -- the call, such as 2.1; 0 is the initiator itself
  ordinal int not null,                  -- counted within the call
  site varchar(97) not null,             -- this service and its log when it wrote the row
  protocol varchar(12),                  -- TCC, 2PC or 3PC; null for a fence
  participant varchar(200),              -- who completes it; null for a fence
  state varchar(16) collate "C" not null, -- fence: OPEN, then COMMITTED or ABORTED; TCC: TRYING, TRIED, CONFIRMED, CANCELLED;
                                         -- 2PC: PREPARING, PREPARED, COMMITTED, ROLLED_BACK;
                                         -- 3PC: CHECKING, READY, PRE_COMMITTED, COMMITTED, ABORTED
  token varchar(32) not null,            -- of the execution that wrote the row
  arguments text,                        -- of the work phase, JSON
  result text,                           -- of the work phase, JSON
  initiator varchar(97),                 -- who decides: service@log
  begun_at timestamp(3),                 -- of the transaction, on the initiator's clock
  timeout_ms bigint,                     -- time for the work phase
  deadline timestamp(3),                 -- end of the work phase, on this service's clock
  attempts int not null,                 -- completions and inquiries that did not settle it
  next_check timestamp(3),               -- when it asks for the outcome; null: not by itself
  parked smallint not null,              -- 1: waits for an operator
  last_error varchar(1000),              -- why the last attempt failed
  created_at timestamp(3) not null,
  updated_at timestamp(3) not null,
  primary key (xid, path, ordinal)
);

create index if not exists tcc_branch_due on tcc_branch (next_check);
create index if not exists tcc_branch_age on tcc_branch (state, updated_at);

-- One row per transaction that takes rounds (3PC) and of which this service holds branches.
create table if not exists tcc_member (
  xid char(32) collate "C" not null,     -- the transaction
  site varchar(97) not null,             -- this service and its log when it wrote the row
  state varchar(16) collate "C" not null, -- READY, PRE_COMMITTED, COMMITTED, ABORTED
  cause varchar(12),                     -- what led to the outcome: DECISION, PEER, TIMEOUT (decided alone)
  epoch bigint not null,                 -- grows with every round; older messages are refused
  initiator varchar(97) not null,        -- who decides: service@log
  begun_at timestamp(3) not null,        -- on the initiator's clock
  timeout_ms bigint not null,            -- time for the work phase
  paths text not null,                   -- the calls that COMMIT confirms here; empty until told
  peers text not null,                   -- who else takes part, service@log; empty until told
  asked text not null,                   -- who asked while READY: service@log=state, earliest first
  diverged smallint not null,            -- 1: the initiator decided otherwise; until an operator resolves it
  attempts int not null,                 -- rounds and inquiries that did not settle it
  next_check timestamp(3),               -- when its time is over; null: nothing is left to ask
  last_error varchar(1000),              -- why it is not settled
  changed_at timestamp(3) not null,      -- when the state changed
  updated_at timestamp(3) not null,
  primary key (xid)
);

create index if not exists tcc_member_due on tcc_member (next_check);
create index if not exists tcc_member_age on tcc_member (state, updated_at);

-- Append-only: what operators did, who, when and why.
create table if not exists tcc_audit (
  id varchar(32) collate "C" not null,
  xid char(32) collate "C",              -- null: not about one transaction
  action varchar(50) not null,
  actor varchar(200) not null,
  reason varchar(1000) not null,
  created_at timestamp(3) not null,
  primary key (id)
);

create index if not exists tcc_audit_xid on tcc_audit (xid);

-- One row per vote of this database in two-phase commit, in every database that takes part. YES is
-- written inside the branch that is prepared, so the row is seen once that is committed; NO is a
-- tombstone under the same key, which refuses a branch that comes late. No index is created apart:
-- that would wait, at a restart, for what is prepared. Nor is there another key with the xid in it: PostgreSQL
-- may read all of that for a vote, as long as it takes the table for a small one.
create table if not exists tcc_vote (
  xid char(32) collate "C" not null,     -- the transaction
  path varchar(64) collate "C" not null, -- the branch, such as 2.p1; or a call that is refused
  resource varchar(200) not null,        -- the database's name in its service
  state varchar(12) collate "C" not null, -- COMMITTED, ABORTED
  created_at timestamp(3) not null,
  primary key (xid, path)
);

-- Contradictions between a decision and what is durable here; they stay until an operator resolves them.
create table if not exists tcc_heuristic (
  xid char(32) collate "C" not null,
  ordered varchar(12) collate "C" not null,          -- the outcome that could not be had: COMMIT or ABORT
  reason varchar(1000) not null,         -- what is there instead
  created_at timestamp(3) not null,
  resolved_at timestamp(3),                        -- null: open
  primary key (xid, ordered)
);

create index if not exists tcc_heuristic_open on tcc_heuristic (resolved_at);

-- Local message table: what this service tells others, and its replies to what they told it.
create table if not exists tcc_message (
  id char(32) collate "C" not null,      -- the message; the same however often it is sent
  sequence bigint generated by default as identity, -- grows from row to row
  topic varchar(100) collate "C" not null,
  message_key varchar(150),              -- messages of one key keep their order
  unique_key varchar(150) collate "C",   -- a topic has one message of it
  order_key varchar(220) collate "C",    -- destination and key; null: no order, or a reply
  destination varchar(97) not null,      -- service, of a reply with its log
  about char(32) collate "C",            -- of a reply: the message that it is about
  trace varchar(100),                    -- W3C traceparent of who stored it
  body text not null,                     -- JSON; of a reply the state that it reports
  state varchar(12) collate "C" not null, -- HELD, PENDING, SENT, CONSUMED, REJECTED, DEAD, DISCARDED
  reason varchar(1000),                  -- why the receiver refused it
  attempts int not null,                 -- that failed
  epoch bigint not null,                 -- grows with every takeover; a late owner is refused
  next_attempt timestamp(3),            -- when an instance may take it over; null: not by itself
  last_error varchar(1000),              -- why the last attempt failed
  stored_at timestamp(3) not null,
  updated_at timestamp(3) not null,
  primary key (id)
);

-- Without rows that nobody looks for: each index that a row is in costs time at every change of it.
create index if not exists tcc_message_due on tcc_message (next_attempt, sequence)
  where next_attempt is not null;
create index if not exists tcc_message_order on tcc_message (order_key, state, sequence)
  where order_key is not null;
create index if not exists tcc_message_age on tcc_message (state, updated_at)
  where next_attempt is null or state <> 'PENDING';
create unique index if not exists tcc_message_unique on tcc_message (topic, unique_key)
  where unique_key is not null;
create unique index if not exists tcc_message_reply on tcc_message (about)
  where about is not null;

-- Received messages, one row per consumer, written with the consumer's business change.
create table if not exists tcc_inbox (
  message_id char(32) collate "C" not null,
  consumer varchar(200) collate "C" not null,
  sender varchar(97) not null,           -- service@log
  topic varchar(100) not null,
  token varchar(32) not null,            -- of the execution that wrote the row
  result varchar(12),                    -- CONSUMED, REJECTED
  reason varchar(1000),                  -- why it was refused
  received_at timestamp(3) not null,
  primary key (message_id, consumer)
);

create index if not exists tcc_inbox_age on tcc_inbox (received_at);

-- One row per notification of a third party, written with the business change that it tells of.
create table if not exists tcc_notification (
  id char(32) collate "C" not null,      -- the same in all attempts
  target varchar(100) collate "C" not null,         -- who is told, by the name in the configuration
  business_type varchar(100) collate "C" not null, -- what is told, such as payment
  business_number varchar(100) collate "C" not null, -- of what, such as the number of the payment
  body text not null,                   -- JSON
  state varchar(12) collate "C" not null, -- PENDING, DELIVERED, GIVEN_UP
  failures int not null,                 -- failed attempts since it was stored, or sent again by hand
  next_attempt timestamp(3) not null,    -- when an instance may take it
  owner varchar(100) not null,           -- the instance that took it last
  epoch bigint not null,                 -- grows with every attempt; a late failure is refused
  last_error varchar(1000),              -- why the last attempt failed
  created_at timestamp(3) not null,
  updated_at timestamp(3) not null,
  primary key (id)
);

create unique index if not exists tcc_notification_business
  on tcc_notification (target, business_type, business_number);
create index if not exists tcc_notification_due on tcc_notification (target, state, next_attempt);
create index if not exists tcc_notification_new on tcc_notification (target, created_at, id);
create index if not exists tcc_notification_age on tcc_notification (state, updated_at);

-- One row per attempt to tell.
create table if not exists tcc_notification_attempt (
  notification_id char(32) collate "C" not null,
  number bigint not null,                -- the epoch of the attempt
  result varchar(12) not null,           -- ACKNOWLEDGED, REFUSED, GONE, TIMED_OUT, UNREACHABLE, BLOCKED
  status int,                            -- of the HTTP response, if there was one
  latency_ms bigint not null,
  answer varchar(1000),                  -- the beginning of the response's body
  error varchar(1000),                   -- why it is not an acknowledgement
  created_at timestamp(3) not null,      -- when the attempt began
  primary key (notification_id, number)
);

-- One row per transactional message, written with the business change that it tells of. It decides
-- whether the broker delivers the half message.
create table if not exists tcc_half_message (
  id char(32) collate "C" not null,      -- the message; the first insertion wins
  topic varchar(127) not null,           -- where it goes
  tags varchar(100) not null,            -- by which consumers filter
  message_key varchar(150),              -- business key, for people
  body text,                             -- what it says
  half varchar(500),                     -- where the broker keeps the half message; null: there is none
  state varchar(12) collate "C" not null, -- WORKING, HELD, COMMITTED, DELIVERED, ROLLED_BACK, PARKED
  begun_at timestamp(3) not null,        -- when its work began
  attempts int not null,                 -- that failed
  epoch bigint not null,                 -- grows with every takeover; a late owner is refused
  next_attempt timestamp(3),             -- when somebody looks after its delivery; null: nobody does
  last_error varchar(1000),              -- why the last attempt failed
  updated_at timestamp(3) not null,
  primary key (id)
);

create index if not exists tcc_half_message_due on tcc_half_message (state, next_attempt);
create index if not exists tcc_half_message_age on tcc_half_message (state, updated_at);
