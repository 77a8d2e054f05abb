public import Telephony

/// The key `routing`: what a caller gets by who he is.
public struct RoutingPolicy: Sendable, Hashable {
  /// A returning caller is offered to the agent of his last talk.
  public struct Sticky: Sendable, Hashable {
    /// How old that talk may be. Default 30d.
    public var within: Duration
    /// How long that agent's phone rings before the queue takes the caller; a personal manager's too. Default 20s.
    public var wait: Duration

    public init(within: Duration, wait: Duration) {
      self.within = within
      self.wait = wait
    }
  }

  /// What a category of callers gets.
  public struct Category: Sendable, Hashable {
    /// As in the file.
    public var name: String
    /// Queue priority; higher goes first. Default 0.
    public var priority: Int
    /// Goes to the agent without queueing. Default false.
    public var bypassQueue: Bool
    /// Is turned away. Default false.
    public var reject: Bool

    public init(name: String, priority: Int = 0, bypassQueue: Bool = false, reject: Bool = false) {
      self.name = name
      self.priority = priority
      self.bypassQueue = bypassQueue
      self.reject = reject
    }
  }

  /// Nil where callers are not sent to their last agent.
  public var sticky: Sticky?
  /// Sorted by name.
  public var categories: [Category]

  public init(sticky: Sticky? = nil, categories: [Category] = []) {
    self.sticky = sticky
    self.categories = categories
  }

  /// The category of that name; nil where the configuration has none, and for nil.
  public func category(_ name: String?) -> Category? {
    name.flatMap { name in categories.first { $0.name == name } }
  }

  /// Whether the agent of a talk that ended then still counts as the caller's own.
  public func remembers(talkEndedAt: Timestamp?, at now: Timestamp) -> Bool {
    guard let sticky, let talkEndedAt else { return false }
    return now - talkEndedAt <= sticky.within
  }
}
