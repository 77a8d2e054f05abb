-- The callbacks that wait, in the order in which they are made: the first of them are asked for at every change, and
-- sorting a hundred thousand for it took a third of a second. What a read picks them by is in the index as well: those
-- it passes over are not looked up in the table.
CREATE INDEX jobs_line ON perezvon.jobs (priority DESC, first_missed_at, id, due_at, campaign)
  WHERE state = 'waiting' AND NOT held_out AND contact IS NULL;
