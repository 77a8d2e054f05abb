-- What callers and agents said by keys and what has been applied of it: the id is made of the PBX, the channel and what
-- was said. It is heard over AMI, by several instances, and read in queue_log by whoever was away; nothing is applied twice.
CREATE TABLE perezvon.words (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL
);
CREATE INDEX words_at ON perezvon.words (at);
