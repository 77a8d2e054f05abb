-- Into which group the draw of hold_out put a job when it was made, whatever becomes of it: who is left alone and then
-- asks for a callback, or is promised one, is called, and still counts among those who were left alone. Null where
-- nothing was drawn.
ALTER TABLE perezvon.jobs ADD COLUMN drawn text CHECK (drawn IN ('called', 'left_alone'));
UPDATE perezvon.jobs SET drawn = CASE WHEN held_out THEN 'left_alone' ELSE 'called' END
WHERE held_out OR source = 'missed_call';
-- Left alone at first, and called since because he asked or was promised it.
UPDATE perezvon.jobs j SET drawn = 'left_alone'
FROM perezvon.decisions d WHERE d.decision = 'held_out' AND d.job = j.id AND NOT j.held_out;
UPDATE perezvon.jobs j SET drawn = 'called'
FROM perezvon.decisions d
WHERE d.decision = 'job_created' AND d.job = j.id AND j.drawn IS NULL AND j.contact IS NULL
  AND j.source IN ('requested', 'promised')
  AND EXISTS (SELECT 1 FROM perezvon.missed_calls m WHERE m.job = j.id AND m.ending IS DISTINCT FROM 'callback_requested');
