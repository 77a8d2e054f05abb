public import Telephony

/// What the books know of a number that calls in, for the dialplan's question who he is.
public struct CallerFile: Sendable, Hashable {
  /// From the customers table, else the name his last answered call showed: raw and hostile. Empty where unknown.
  public var name: String
  /// A key of `routing.categories`; nil where none.
  public var category: String?
  /// The member who looks after him.
  public var manager: MemberInterface?
  /// The latest end of a talk with a human, in any direction, on any PBX.
  public var lastTalkEndedAt: Timestamp?
  /// The member who had that talk, by his interface or his name.
  public var lastTalkedWith: String?
  /// The callback owed to him that waits longest; nil where none is. To be on a list is to be owed nothing.
  public var openJob: Job?
  public var doNotCall: Bool

  public init(
    name: String = "", category: String? = nil, manager: MemberInterface? = nil,
    lastTalkEndedAt: Timestamp? = nil, lastTalkedWith: String? = nil, openJob: Job? = nil,
    doNotCall: Bool = false
  ) {
    self.name = name
    self.category = category
    self.manager = manager
    self.lastTalkEndedAt = lastTalkEndedAt
    self.lastTalkedWith = lastTalkedWith
    self.openJob = openJob
    self.doNotCall = doNotCall
  }
}
