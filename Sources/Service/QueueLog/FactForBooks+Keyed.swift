import Telephony

extension FactForBooks {
  /// What a line of our own dialplan says, as the UserEvent beside it would have been understood. Nil where nothing
  /// follows from it: a phone that is no agent's, a number that cannot be read.
  init?(
    _ word: KeyedWord, of line: QueueLogLine, pbx: PBXName, members: [QueueMember], plan: any NumberPlan
  ) {
    let said = SaidWord(word.kind.eventName, word.fields, on: line.callID, of: pbx)
    switch word.kind {
    case .request, .promise:
      let ask = CallbackAsk(
        event: word.kind.eventName, fields: word.fields, pbx: pbx, call: LinkedID(line.callID.rawValue),
        said: said,
        arrivedAt: line.callID.bornAt(before: line.at) ?? line.at, at: line.at,
        seat: { members.seat(ofPhone: $0) })
      guard let ask else { return nil }
      self = .ask(ask)
    case .wish:
      guard let kind = word.fields["Wish"].flatMap(CallerWish.Kind.init), OurLeg(line.callID) == nil,
        let number = plan.read(word.fields["Number"] ?? "").e164
      else { return nil }
      self = .wish(CallerWish(number: number, kind: kind, at: line.at, said: said))
    case .answer:
      let answer = OurLeg(line.callID).flatMap {
        CustomerAnswer(
          event: word.kind.eventName, fields: word.fields, attempt: $0.attempt, at: line.at, said: said)
      }
      guard let answer else { return nil }
      self = .answer(answer)
    }
  }
}

extension ChannelID {
  /// A channel that is older than this when somebody keys something in on it is not believed. Default 1 day.
  static let oldestMax = Duration.seconds(86_400)

  /// When the channel began, in whole seconds, by its name: `1795363200.17`, `pbx1-1795363200.17`. Nil where the name
  /// says none, or one that is not shortly before `moment`.
  fileprivate func bornAt(before moment: Timestamp) -> Timestamp? {
    let digits = rawValue.split(separator: "-").last?.prefix { $0.isNumber && $0.isASCII } ?? ""
    guard (9...11).contains(digits.count), let seconds = Int64(digits) else { return nil }
    let born = Timestamp(microseconds: seconds * 1_000_000)
    return born <= moment && moment - born <= Self.oldestMax ? born : nil
  }
}
