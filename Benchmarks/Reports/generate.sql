-- Two years of a busy call centre, the same in every run: 5,000,000 calls (900,000 of them ours),
-- 1,200,000 missed, 600,000 jobs, 900,000 attempts, 4,360,000 stays in queues; 400,000 numbers.
\set calls 4100000
\set first '''2024-11-01 00:00+00'''
\set seconds 63072000

SET session_replication_role = replica;
SET synchronous_commit = off;
SET max_parallel_workers_per_gather = 0;
SET timezone = 'UTC';

-- 0 to 1 from a row and a purpose.
CREATE FUNCTION public.draw(i bigint, purpose bigint) RETURNS double precision IMMUTABLE PARALLEL SAFE
LANGUAGE sql AS $$ SELECT (hashint8extended(i, purpose) & 1073741823) / 1073741824.0 $$;

-- Ordered by time, as the service makes them.
CREATE FUNCTION public.id_at(at timestamptz, salt text) RETURNS uuid IMMUTABLE PARALLEL SAFE
LANGUAGE sql AS $$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
  || substr(md5(salt), 1, 3) || '8' || substr(md5(salt), 4, 15))::uuid $$;

-- One row for each inbound call; `k` counts the missed ones.
CREATE UNLOGGED TABLE public.story AS
SELECT s.*, CASE WHEN missed THEN row_number() OVER (PARTITION BY missed ORDER BY i) END AS k
FROM (
  SELECT i, CASE WHEN draw(i, 1) < 0.7 THEN 'pbx1' ELSE 'pbx2' END AS pbx,
    :first::timestamptz + make_interval(secs => floor(:seconds * (i - 1 + draw(i, 2)) / :calls)) AS started_at,
    '+7916' || lpad((floor(power(draw(i, 3), 1.5) * 400000)::int * 17 % 10000000)::text, 7, '0') AS number,
    (ARRAY['sales', 'support', 'service', 'returns', 'partners', 'vip'])[1 + floor(power(draw(i, 4), 1.6) * 6)::int] AS queue,
    '495111' || lpad(floor(draw(i, 5) * 8)::text, 4, '0') AS did,
    floor(-ln(1 - draw(i, 6) * 0.9999) * 35)::int + 1 AS wait,
    i * 1200000 / :calls > (i - 1) * 1200000 / :calls AS missed
  FROM generate_series(1::bigint, :calls) i) s;

CREATE UNLOGGED TABLE public.owed AS
SELECT row_number() OVER (ORDER BY i) AS j, i, pbx, number, queue, started_at, k,
  started_at + make_interval(secs => wait + 2) AS created_at,
  id_at(started_at + make_interval(secs => wait + 2), 'job' || i) AS job
FROM public.story WHERE missed AND k % 12 < 6;

INSERT INTO perezvon.jobs
SELECT job, CASE WHEN queue = 'sales' THEN 'sales-callback' ELSE 'callback' END, number, 'Anna', 'missed_call',
  state, 'because', created_at, started_at, 1, 0, NULL, created_at + interval '30 s',
  created_at + interval '1 day', 1 + (j % 2)::int, queue, pbx, state = 'expired' AND j % 7 = 0,
  CASE WHEN state NOT IN ('waiting', 'working') THEN created_at + make_interval(secs => 600 + 20000 * draw(j, 7)) END
FROM (SELECT *, CASE WHEN j > 599500 THEN 'waiting' WHEN draw(j, 8) < 0.55 THEN 'succeeded'
    WHEN draw(j, 8) < 0.72 THEN 'recovered' WHEN draw(j, 8) < 0.86 THEN 'exhausted'
    WHEN draw(j, 8) < 0.95 THEN 'expired' ELSE 'cancelled' END AS state
  FROM public.owed) o;

-- One or two for each job; only the last can be a conversation.
CREATE UNLOGGED TABLE public.tries AS
SELECT t.*, id_at(at, 'attempt' || j || '-' || n) AS attempt,
  n = of AND draw(j, 8) < 0.55 AS conversation
FROM (SELECT o.*, n, 1 + (j % 2) AS of,
    created_at + make_interval(secs => 40 + 300 * draw(j, 9) + (n - 1) * 3600) AS at
  FROM public.owed o, generate_series(1, 1 + (o.j % 2)::int) n) t;

INSERT INTO perezvon.attempts
SELECT attempt, job, CASE WHEN queue = 'sales' THEN 'sales-callback' ELSE 'callback' END, pbx, n, number,
  'PJSIP/' || 101 + j % 40, queue, 'ended', 1, :first::timestamptz, at, at + interval '5 min',
  at + interval '1 s', at + interval '4 s', at + interval '6 s', CASE WHEN conversation THEN at + interval '15 s' END,
  CASE WHEN conversation THEN at + make_interval(secs => 20 + 300 * draw(j, 10)) END,
  at + make_interval(secs => 31 + 300 * draw(j, 10)), 'answered',
  CASE WHEN conversation THEN 'answered' WHEN j % 3 = 0 THEN 'busy' ELSE 'no_answer' END,
  CASE WHEN conversation THEN 'conversation' ELSE 'customer_missed' END, 16, ''
FROM public.tries;

-- Inbound calls and our own legs together, as they ended.
INSERT INTO perezvon.calls
SELECT * FROM (
  SELECT pbx, pbx || '-' || extract(epoch FROM started_at)::bigint || '.' || i, pbx || '-' || extract(epoch FROM started_at)::bigint || '.' || i,
    'inbound', started_at,
    started_at + make_interval(secs => wait + 2 + CASE WHEN missed THEN 0 ELSE floor(draw(i, 11) * 400) END) AS ended_at,
    number, 'mobile', 'Anna', did, CASE WHEN draw(i, 12) < 0.9 THEN queue END, NOT missed,
    CASE WHEN NOT missed THEN 'PJSIP/' || 101 + i % 40 END, make_interval(secs => wait),
    make_interval(secs => CASE WHEN missed THEN 0 ELSE floor(draw(i, 11) * 400) END),
    CASE WHEN missed THEN CASE WHEN draw(i, 12) < 0.9 THEN 'queue' ELSE 'ivr' END END,
    CASE WHEN missed THEN CASE WHEN draw(i, 13) < 0.9 THEN 'caller_hung_up' ELSE 'timeout' END END,
    16, missed AND wait < 5, NULL::uuid
  FROM public.story
  UNION ALL
  SELECT pbx, 'pz-' || attempt || '-a', 'pz-' || attempt || '-a', 'outbound', at,
    at + make_interval(secs => 31 + 300 * draw(j, 10)), number, 'mobile', '', '', NULL, conversation,
    CASE WHEN conversation THEN 'PJSIP/' || 101 + j % 40 END, interval '15 s',
    make_interval(secs => CASE WHEN conversation THEN 5 + 300 * draw(j, 10) ELSE 0 END), NULL, NULL, 16, false,
    attempt
  FROM public.tries) everything
ORDER BY ended_at;

INSERT INTO perezvon.missed_calls
SELECT s.pbx, s.pbx || '-' || extract(epoch FROM s.started_at)::bigint || '.' || s.i, s.started_at + make_interval(secs => wait + 2),
  s.number, 'mobile', 'Anna', did, CASE WHEN draw(s.i, 12) < 0.9 THEN s.queue END, make_interval(secs => wait),
  CASE WHEN draw(s.i, 12) < 0.9 THEN 'queue' ELSE 'ivr' END,
  CASE WHEN draw(s.i, 13) < 0.9 THEN 'caller_hung_up' ELSE 'timeout' END, '{PJSIP/101,PJSIP/102}', wait < 5,
  jsonb_build_array(
    jsonb_build_object('at', s.started_at, 'what', 'began', 'detail', ''),
    jsonb_build_object('at', s.started_at + interval '2 s', 'what', 'joined', 'detail', s.queue),
    jsonb_build_object('at', s.started_at + make_interval(secs => wait), 'what', 'hung_up', 'detail', '')),
  o.job, CASE WHEN o.job IS NULL THEN 'hanging up before 5 s (min_wait) is a short abandon' END
FROM public.story s LEFT JOIN public.owed o ON o.k = s.k - (s.k % 12 = 6)::int AND s.k % 12 < 7
WHERE s.missed ORDER BY s.i;

INSERT INTO perezvon.queue_entries
SELECT pbx, pbx || '-' || extract(epoch FROM started_at)::bigint || '.' || i, n, pbx || '-' || extract(epoch FROM started_at)::bigint || '.' || i,
  queue, started_at + interval '2 s', started_at + make_interval(secs => wait + 2),
  CASE WHEN n = 1 AND i % 6 = 0 THEN 'other_unanswered' WHEN missed THEN 'abandoned' ELSE 'answered' END,
  CASE WHEN NOT missed THEN 'PJSIP/' || 101 + i % 40 END, 1
FROM public.story, generate_series(1, 1 + (i % 6 = 0)::int) n
WHERE draw(i, 12) < 0.9 ORDER BY i;

DROP TABLE public.story, public.owed, public.tries;
DROP FUNCTION public.draw, public.id_at;
VACUUM ANALYZE;
