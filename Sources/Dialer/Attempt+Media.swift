import Telephony

// Whether anything can be heard, a short time after the two were connected.
extension Attempt {
  /// Begun with the talk; nothing where the check is switched off.
  var mediaTimer: [AttemptAction] {
    plan.mediaCheck > .zero ? [.startTimer(.media, after: plan.mediaCheck)] : []
  }

  mutating func mediaRanOut() -> [AttemptAction] {
    guard state == .talking else { return [] }
    return [.askMedia(agent: channel(.agent), customer: channel(Self.line))]
  }

  /// The first answer only raises a suspicion; the second, one `mediaCheck` later, decides. Whoever has sent
  /// sound at any time is left alone: a telephone may send nothing while its owner listens.
  mutating func mediaIs(_ reading: MediaReading, at now: Timestamp) -> [AttemptAction] {
    guard state == .talking else { return [] }
    guard let first = firstMedia else {
      firstMedia = reading
      return Self.silent(reading, reading) == nil ? [] : mediaTimer
    }
    guard let side = Self.silent(first, reading) else { return [] }
    record.talkEndedAt = now
    let after = Self.seconds(record.talk)
    return finish(
      Ending(
        .noConversation, .retry(.congestion),
        "No sound came from \(words(side)) in \(after) after they were connected (no RTP packet); "
          + "the two were let go, and no attempt is used up",
        redialGap: plan.redialGap, coolDown: side == .agent, silent: side), at: now)
  }

  private static func silent(_ first: MediaReading, _ second: MediaReading) -> SilentSide? {
    func isSilent(_ first: Int?, _ second: Int?, atMost: Int) -> Bool {
      guard let first, let second else { return false }
      return first == second && second <= atMost
    }
    return SilentSide(
      agent: isSilent(first.agent, second.agent, atMost: AttemptLimits.keyPacketsMax),
      customer: isSilent(first.customer, second.customer, atMost: 0))
  }

  private func words(_ side: SilentSide) -> String {
    switch side {
    case .agent: "the phone of \(agentName)"
    case .customer: "the customer's line (\(trunk))"
    case .both: "either side (\(agentName) and the customer over \(trunk))"
    }
  }

  /// What the customer was reached by, as its channel's name tells: `PJSIP/trunk`. Empty before he answered.
  var trunk: String {
    guard let dash = customer.channelName.lastIndex(of: "-") else { return customer.channelName }
    return String(customer.channelName[..<dash])
  }
}
