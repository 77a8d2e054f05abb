public import Telephony

extension Store {
  /// A log of Asterisk that is followed.
  public enum FollowedLog: Sendable {
    case queueLog
    /// The channel event log.
    case cel

    fileprivate var positionOf: Statement {
      switch self {
      case .queueLog: Store.queueLogPositionOf
      case .cel: Store.celPositionOf
      }
    }

    fileprivate var savePosition: Statement {
      switch self {
      case .queueLog: Store.saveQueueLogPosition
      case .cel: Store.saveCELPosition
      }
    }
  }

  private static func positionOf(_ name: String, in table: String) -> Statement {
    Statement(name, "SELECT device, inode, read_bytes, checksum FROM perezvon.\(table) WHERE pbx = $1")
  }
  private static func savePosition(_ name: String, in table: String) -> Statement {
    Statement(
      name,
      """
      INSERT INTO perezvon.\(table) (pbx, device, inode, read_bytes, checksum, saved_at)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (pbx) DO UPDATE SET device = excluded.device, inode = excluded.inode,
        read_bytes = excluded.read_bytes, checksum = excluded.checksum, saved_at = excluded.saved_at
      """)
  }
  fileprivate static let queueLogPositionOf = positionOf("queue log position", in: "queue_log_positions")
  fileprivate static let saveQueueLogPosition = savePosition(
    "queue log position save", in: "queue_log_positions")
  fileprivate static let celPositionOf = positionOf("cel position", in: "cel_positions")
  fileprivate static let saveCELPosition = savePosition("cel position save", in: "cel_positions")
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

  /// How far a log of a PBX was read; nil where it never was.
  public func position(in log: FollowedLog, of pbx: PBXName) async throws(StoreError) -> LogPosition? {
    try await pool.run { link throws(StoreError) in
      try link.execute(log.positionOf.with(.text(pbx))).first { row throws(StoreError) in
        LogPosition(
          device: UInt64(bitPattern: Int64(try row.int())), inode: UInt64(bitPattern: Int64(try row.int())),
          offset: Int64(try row.int()), checksum: UInt64(bitPattern: Int64(try row.int())))
      }
    }
  }

  /// Keeps how far a log of a PBX is read. Save it after what was read is in the books.
  public func save(
    _ position: LogPosition, in log: FollowedLog, of pbx: PBXName, now: Timestamp
  ) async throws(StoreError) {
    try await write([
      log.savePosition.with(
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
