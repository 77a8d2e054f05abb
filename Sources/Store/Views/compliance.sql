-- What laws on outbound calls ask about, for each campaign and day of dialling, without any law's figures; `perezvon
-- report compliance` holds them against the figures of the campaign's law. "there" is the wall clock of the contact's
-- time zone, else that of the session. A redial after a drop is a dial within 72 hours for which no agent was there.
CREATE VIEW report.compliance AS
SELECT a.campaign, d.midnight::date AS day, a.dialed, a.live_answered, a.dropped, a.machines,
  round(a.dropped::numeric / nullif(a.live_answered, 0), 4) AS drop_rate,
  round(a.dropped::numeric / nullif(a.live_answered + a.machines, 0), 4) AS drop_rate_of_all,
  a.shortest_unanswered_ring, a.first_dial_there, a.last_dial_there, a.redials_after_drop,
  a.most_dials_of_a_number
FROM (SELECT min(started_at)::date::timestamp AS first, max(started_at)::timestamp AS last
  FROM perezvon.attempts) span
CROSS JOIN LATERAL generate_series(span.first, span.last, interval '1 day') AS d (midnight)
CROSS JOIN LATERAL (
  SELECT t.campaign, count(*) AS dialed,
    count(*) FILTER (WHERE t.customer_result = 'answered' OR t.outcome = 'dropped') AS live_answered,
    count(*) FILTER (WHERE t.outcome = 'dropped') AS dropped,
    count(*) FILTER (WHERE t.customer_result = 'machine') AS machines,
    min(t.ended_at - t.customer_dialed_at) FILTER (WHERE t.customer_result IN ('no_answer', 'cancelled'))
      AS shortest_unanswered_ring,
    min(t.there::time) AS first_dial_there, max(t.there::time) AS last_dial_there,
    count(*) FILTER (WHERE t.agent IS NULL AND EXISTS (
      SELECT 1 FROM perezvon.attempts b
      WHERE b.number = t.number AND b.outcome = 'dropped'
        AND b.customer_dialed_at < t.customer_dialed_at
        AND b.customer_dialed_at > t.customer_dialed_at - interval '72 hours')) AS redials_after_drop,
    max(t.of_number) AS most_dials_of_a_number
  FROM (
    SELECT x.*, count(*) OVER (PARTITION BY x.campaign, x.number) AS of_number,
      x.customer_dialed_at AT TIME ZONE coalesce(nullif(p.time_zone, ''), current_setting('TimeZone')) AS there
    FROM perezvon.attempts x
    LEFT JOIN perezvon.contact_phones p ON p.number = x.number AND p.campaign = x.campaign
    WHERE x.started_at >= d.midnight::timestamptz
      AND x.started_at < (d.midnight + interval '1 day')::timestamptz
      AND x.customer_dialed_at IS NOT NULL AND x.n - x.n = 0) t
  GROUP BY t.campaign) a;
