import Telephony

/// Whether the service is alive, by what its parts showed last. A value; whoever asks brings the time.
///
/// A peer that is away is no reason to end: the link to it must only go on trying. What makes the service worthless is
/// a part that does not move any more while everything looks well.
struct LifeSigns: Sendable, Equatable {
  /// An event loop or a switchboard that has not answered for so long is stuck.
  static let answerMax = Duration.seconds(10)
  /// AMI that counts as up and has not answered a Ping for so long: after 5 s the link should have made it anew.
  static let pongMax = Duration.seconds(15)
  /// AMI that is down and for which no connection was begun for so long: a try takes 45 s at most.
  static let tryMax = Duration.seconds(90)

  /// A part that is asked and answers: an event loop, a switchboard.
  struct Part: Sendable, Equatable {
    let name: String
    var answeredAt: ContinuousClock.Instant
  }

  /// The AMI sessions of one PBX.
  struct Link: Sendable, Equatable {
    let name: String
    let isUp: Bool
    /// The last answer to a Ping; nil where there was none yet.
    let pongAt: ContinuousClock.Instant?
    /// When the last connection was begun; nil where none was yet.
    let triedAt: ContinuousClock.Instant?
  }

  var parts: [Part] = []
  var links: [Link] = []
  /// Since when signs are looked for: nothing is overdue before.
  let since: ContinuousClock.Instant

  /// What is stuck, as a sentence; nil where all is well.
  func problem(at now: ContinuousClock.Instant) -> String? {
    func isOverdue(_ last: ContinuousClock.Instant?, _ limit: Duration) -> Bool {
      now - max(last ?? since, since) > limit
    }
    if let part = parts.first(where: { isOverdue($0.answeredAt, Self.answerMax) }) {
      return "\(part.name) has not answered for \(Int((now - part.answeredAt).inSeconds)) s"
    }
    for link in links {
      if link.isUp, isOverdue(link.pongAt, Self.pongMax) {
        return "AMI of \(link.name) counts as up, and no Ping was answered for \(Self.pongMax.inSeconds) s"
      }
      if !link.isUp, isOverdue(link.triedAt, Self.tryMax) {
        return "AMI of \(link.name) is down, and nothing was tried for \(Self.tryMax.inSeconds) s"
      }
    }
    return nil
  }
}
