-- How far the channel event log has been read: saved after what was read is in the books.
CREATE TABLE perezvon.cel_positions (LIKE perezvon.queue_log_positions INCLUDING ALL);
