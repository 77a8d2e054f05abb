-- How far queue_log has been read: saved after what was read is in the books.
CREATE TABLE perezvon.queue_log_positions (
  pbx text PRIMARY KEY,
  -- st_dev and st_ino of the file.
  device bigint NOT NULL,
  inode bigint NOT NULL,
  read_bytes bigint NOT NULL CHECK (read_bytes >= 0),
  -- FNV-1a of the last bytes before that place.
  checksum bigint NOT NULL,
  saved_at timestamptz NOT NULL
);
