public import Telephony

/// Where a caller should go: the answer to `Stasis(perezvon,route)`.
public struct CallerRoute: Sendable, Hashable {
  /// Rung first, before the queue; nil where nobody in particular is, or he is not free.
  public var agent: MemberInterface?
  /// How long his phone rings.
  public var wait: Duration = .zero
  /// In the queue; higher goes first.
  public var priority = 0
  /// As in the customers table, if the configuration has it; else empty.
  public var category = ""
  /// Of his category: past the queue, and turned away.
  public var bypassesQueue = false
  public var isRejected = false
  /// The callback owed to him.
  public var openJob: JobID?
  /// Why, for whoever asks later; nil where nothing is known of him.
  public var decision: Decision?

  public init() {}
}

extension CallPolicy {
  /// Who a caller should be given to and what he gets, by what the books know of him.
  ///
  /// First his personal manager, then whom he talked with last, each only if he is free now. A caller who is owed a
  /// callback does not get a better place by this: what he gets, the queue he joins decides (`returningCaller`).
  ///
  /// - Parameters:
  ///   - interface: the interface of a member whom a call's record names.
  ///   - isFree: whether this agent's phone can be rung now.
  public func route(
    _ number: PhoneNumber, _ file: CallerFile, now: Timestamp, interface: (String) -> MemberInterface?,
    isFree: (MemberInterface) -> Bool
  ) -> CallerRoute {
    let routing = settings.routing
    var route = CallerRoute()
    route.openJob = file.openJob?.id
    let category = routing.category(file.category)
    if let category {
      route.category = category.name
      route.priority = category.priority
      route.bypassesQueue = category.bypassQueue
      route.isRejected = category.reject
    }
    func told(_ reason: String) -> Decision {
      let who = category.map { "called as \($0.name)" } ?? "called"
      return Decision(
        at: now, number: number.e164, job: route.openJob, decision: "routed", reason: "\(who); \(reason)")
    }
    if route.isRejected {
      route.decision = told("his category is turned away (routing.categories)")
      return route
    }
    let last =
      routing.remembers(talkEndedAt: file.lastTalkEndedAt, at: now)
      ? file.lastTalkedWith.flatMap(interface) : nil
    var own: [(agent: MemberInterface, what: String)] = []
    if let manager = file.manager { own.append((manager, "his personal manager")) }
    if let last, last != file.manager { own.append((last, "whom he talked with last")) }
    if let first = own.first(where: { isFree($0.agent) }) {
      route.agent = first.agent
      route.wait = routing.sticky?.wait ?? PolicyDefaults.stickyWait
      route.decision = told("goes to \(first.agent), \(first.what)")
    } else if let first = own.first {
      route.decision = told("\(first.agent), \(first.what), is not free; the queue takes him")
    } else if category != nil {
      route.decision = told("priority \(route.priority) in the queue")
    }
    return route
  }
}
