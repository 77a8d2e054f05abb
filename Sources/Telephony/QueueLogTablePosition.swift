/// Where the reading of a realtime queue_log table stands.
public struct QueueLogTablePosition: Sendable, Hashable, Codable {
  /// Which table: its database and its OID there. Ids of another one mean nothing.
  public var source: String
  /// All rows with a lower id are read.
  public var id: Int64

  public init(source: String, id: Int64) {
    self.source = source
    self.id = id
  }
}
