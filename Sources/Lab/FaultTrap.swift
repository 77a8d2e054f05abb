import Synchronization

/// Waits for the n-th request that passes through the proxies that share it, and does something there: kills the
/// service, for instance, between a request and its answer.
///
/// What counts as a request is the proxy's dialect's affair (`FaultProxy.Dialect`).
public final class FaultTrap: Sendable {
  /// On which side of the request it springs.
  public enum Moment: String, Sendable, Hashable, CaseIterable {
    /// The request has reached the proxy and nothing of it has been passed on.
    case before
    /// The server has done it and its answer has reached the proxy; nothing of that has been passed on.
    case after
  }

  /// What becomes of the connection then.
  public enum Fate: Sendable, Hashable {
    /// Both sides are closed, and what was withheld is thrown away.
    case cut
    /// It goes on as if nothing had been.
    case pass
  }

  struct Spring: Sendable {
    var moment: Moment
    var fate: Fate
    var action: @Sendable () -> Void
  }

  private struct State {
    var labels: [String] = []
    var armed: Spring?
    var isMeant: @Sendable (String) -> Bool = { _ in true }
    var left = 0
    var sprungAt: String?
  }

  private let state = Mutex(State())

  public init() {}

  /// Springs once, at the n-th request from now, of those that are meant; all are where nothing is said.
  public func arm(
    _ moment: Moment, at n: Int, of isMeant: @escaping @Sendable (String) -> Bool = { _ in true },
    then fate: Fate = .cut, _ action: @escaping @Sendable () -> Void
  ) {
    state.withLock { state in
      state.armed = Spring(moment: moment, fate: fate, action: action)
      state.isMeant = isMeant
      state.left = n
      state.labels = []
      state.sprungAt = nil
    }
  }

  /// Counts from nothing and springs nowhere.
  public func reset() { state.withLock { $0 = State() } }

  /// What passed since it was armed or reset, in order.
  public var labels: [String] { state.withLock { $0.labels } }

  /// The request it sprang at; nil where it has not.
  public var sprungAt: String? { state.withLock { $0.sprungAt } }

  /// A request is there.
  func meet(_ label: String) -> Spring? {
    state.withLock { state in
      state.labels.append(label)
      guard let spring = state.armed, state.isMeant(label) else { return nil }
      state.left -= 1
      guard state.left <= 0 else { return nil }
      state.armed = nil
      state.sprungAt = label
      return spring
    }
  }
}
