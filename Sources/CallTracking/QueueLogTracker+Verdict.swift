import Telephony

extension QueueLogTracker {
  /// Who calls from a number with fewer digits is an extension of this PBX.
  static let outsideDigitsMin = 7

  func verdict(on call: LoggedCall) -> QueueLogCall {
    QueueLogCall(
      channel: call.channel, firstLineAt: call.firstLineAt, lastLineAt: call.lastLineAt,
      record: record(of: call),
      entries: call.entries.compactMap { entry in
        guard let leftAt = entry.leftAt else { return nil }
        return QueueEntryRecord(
          pbx: pbx, linkedID: LinkedID(call.channel.rawValue), channel: call.channel, join: entry.join,
          queue: entry.queue, joinedAt: entry.joinedAt, leftAt: leftAt, result: entry.result,
          member: entry.member, position: entry.position)
      }, mark: call.mark)
  }

  private func record(of call: LoggedCall) -> CallRecord? {
    guard let last = call.entries.last else { return nil }
    let answered = call.answeredBy != nil
    if !answered, last.leftAt == nil || last.ending == .withdrawn { return nil }
    let endedAt = call.finalAt ?? call.lastLineAt
    var evidence = call.evidence
    evidence.append(EvidenceStep(at: endedAt, what: "queue_log"))
    let ending = call.callbackRequested ? .callbackRequested : last.ending
    var record = CallRecord(
      pbx: pbx, linkedID: LinkedID(call.channel.rawValue), channel: call.channel,
      direction: isExtension(call.rawNumber) ? .internal : .inbound, startedAt: call.firstLineAt,
      endedAt: endedAt, rawNumber: call.rawNumber, rawName: "", did: call.did, queue: last.queue,
      answered: answered, answeredBy: call.answeredBy,
      wait: max(.zero, (last.leftAt ?? endedAt) - last.joinedAt),
      talk: call.talk + (call.talkingSince.map { max(.zero, endedAt - $0) } ?? .zero),
      lostAt: answered ? nil : .queue, ending: answered ? nil : ending, cause: .unknown,
      membersRung: call.membersRung, evidence: evidence, attempt: nil)
    record.requestedNumber = call.requestedNumber
    return record
  }

  /// Without a number he is hidden, and from outside.
  private func isExtension(_ number: String) -> Bool {
    let digits = number.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return digits > 0 && digits < Self.outsideDigitsMin
  }
}
