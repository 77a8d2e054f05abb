public import Telephony

extension Store {
  private static let positionOf = Statement(
    "queue log position",
    "SELECT device, inode, read_bytes, checksum FROM perezvon.queue_log_positions WHERE pbx = $1")
  private static let savePosition = Statement(
    "queue log position save",
    """
    INSERT INTO perezvon.queue_log_positions (pbx, device, inode, read_bytes, checksum, saved_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (pbx) DO UPDATE SET device = excluded.device, inode = excluded.inode,
      read_bytes = excluded.read_bytes, checksum = excluded.checksum, saved_at = excluded.saved_at
    """)
  private static let tablePositionOf = Statement(
    "queue log table position",
    "SELECT source, read_id FROM perezvon.queue_log_table_positions WHERE pbx = $1")
  private static let saveTablePosition = Statement(
    "queue log table position save",
    """
    INSERT INTO perezvon.queue_log_table_positions (pbx, source, read_id, saved_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (pbx) DO UPDATE SET source = excluded.source, read_id = excluded.read_id,
      saved_at = excluded.saved_at
    """)
  private static let knownByEntry = Statement(
    "queue log calls known",
    """
    SELECT linkedid FROM perezvon.calls WHERE pbx = $1 AND linkedid = ANY ($2)
    UNION
    SELECT e.channel FROM perezvon.queue_entries e
    JOIN perezvon.calls c ON c.pbx = e.pbx AND c.linkedid = e.linkedid
    WHERE e.pbx = $1 AND e.channel = ANY ($2)
    """)

  private static let withoutEnd = Statement(
    "queue log calls without end",
    """
    SELECT DISTINCT e.channel FROM perezvon.queue_entries e WHERE e.pbx = $1 AND e.channel = ANY ($2)
    AND NOT EXISTS (SELECT 1 FROM perezvon.calls c
      WHERE c.pbx = e.pbx AND c.linkedid IN (e.linkedid, e.channel))
    """)

  /// How far the queue_log of a PBX was read; nil where it never was.
  public func queueLogPosition(of pbx: PBXName) async throws(StoreError) -> QueueLogPosition? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.positionOf.with(.text(pbx))).first { row throws(StoreError) in
        QueueLogPosition(
          device: UInt64(bitPattern: Int64(try row.int())), inode: UInt64(bitPattern: Int64(try row.int())),
          offset: Int64(try row.int()), checksum: UInt64(bitPattern: Int64(try row.int())))
      }
    }
  }

  /// Keeps how far the queue_log of a PBX is read. Save it after what was read is in the books.
  public func save(
    _ position: QueueLogPosition, of pbx: PBXName, now: Timestamp
  ) async throws(StoreError) {
    try await write([
      Self.savePosition.with(
        .text(pbx), .int(Int64(bitPattern: position.device)), .int(Int64(bitPattern: position.inode)),
        .int(position.offset), .int(Int64(bitPattern: position.checksum)), .time(now))
    ])
  }

  /// How far the queue_log table of a PBX was read; nil where it never was.
  public func queueLogTablePosition(of pbx: PBXName) async throws(StoreError) -> QueueLogTablePosition? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.tablePositionOf.with(.text(pbx))).first { row throws(StoreError) in
        QueueLogTablePosition(source: try row.text(), id: Int64(try row.int()))
      }
    }
  }

  /// Keeps how far the queue_log table of a PBX is read. Save it after what was read is in the books.
  public func save(
    _ position: QueueLogTablePosition, of pbx: PBXName, now: Timestamp
  ) async throws(StoreError) {
    try await write([
      Self.saveTablePosition.with(.text(pbx), .text(position.source), .int(position.id), .time(now))
    ])
  }

  /// Which of these callers' channels have left a queue, and are of a call whose end is not in the books. A call
  /// that AMI does not follow has no stay in a queue there.
  public func channelsWithoutEnd(
    _ channels: [ChannelID], of pbx: PBXName
  ) async throws(StoreError) -> Set<ChannelID> {
    guard !channels.isEmpty else { return [] }
    let names = channels.map(\.rawValue)
    return try await pool.run { link throws(StoreError) in
      Set(
        try link.execute(Self.withoutEnd.with(.text(pbx), .texts(names))).map { row throws(StoreError) in
          try row.name()
        })
    }
  }

  /// Which of these callers' channels belong to a call that is in the books, under whatever linkedid.
  public func channelsInBooks(
    _ channels: [ChannelID], of pbx: PBXName
  ) async throws(StoreError) -> Set<ChannelID> {
    guard !channels.isEmpty else { return [] }
    let names = channels.map(\.rawValue)
    return try await pool.run { link throws(StoreError) in
      Set(
        try link.execute(Self.knownByEntry.with(.text(pbx), .texts(names))).map { row throws(StoreError) in
          try row.name()
        })
    }
  }
}
