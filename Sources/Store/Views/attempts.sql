-- `ring` is how long the customer's phone rang; null where he was not dialled.
CREATE VIEW report.attempts AS
SELECT id AS attempt, job, pbx, n, started_at, ended_at, agent, agent_result, number, customer_result,
  outcome,
  coalesce(customer_answered_at, connected_at, ended_at) - customer_dialed_at AS ring,
  coalesce(talk_ended_at - connected_at, interval '0') AS talk,
  hangup_cause, campaign, queue, phase, agent_rang_at, agent_answered_at, customer_dialed_at, connected_at,
  talk_ended_at, deadline, disposition, note, noted_at, course, customer_answered_at,
  card_offered_at, card_until, card_accepted_at
FROM perezvon.attempts;
