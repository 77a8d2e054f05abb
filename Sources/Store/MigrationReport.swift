/// What `migrate` did, or would do.
public struct MigrationReport: Sendable, Hashable {
  /// Nothing was changed, only looked at.
  public var dryRun: Bool
  /// Migrations applied now (or to be applied), in order: `0001_schema`.
  public var applied: [String]
  /// Migrations that were there before.
  public var present: [String]
  /// The views of schema `report` were (or would be) made anew.
  public var viewsRenewed: Bool
  /// Sentences for the administrator, such as the SQL to run for the report role.
  public var notes: [String]

  /// There was nothing to do.
  public var current: Bool { applied.isEmpty && !viewsRenewed }
}
