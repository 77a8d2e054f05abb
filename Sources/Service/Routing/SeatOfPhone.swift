import Telephony

extension Collection<QueueMember> {
  /// The agent behind a phone: by the interface of his seat, its state interface, his name, or where the queue knows him
  /// by another technology, the extension in it (`Local/101@from-queue/n` is PJSIP/101). Nil where nobody has a seat.
  func seat(ofPhone phone: String) -> MemberInterface? {
    if let exact = first(where: {
      $0.interface.rawValue == phone || $0.stateInterface == phone || $0.name == phone
    }) {
      return exact.interface
    }
    func exten(_ text: String) -> Substring? {
      text.split(separator: "/").dropFirst().first?.split(separator: "@").first
    }
    guard let wanted = exten(phone) else { return nil }
    let same = Set(lazy.map(\.interface).filter { exten($0.rawValue) == wanted })
    return same.count == 1 ? same.first : nil
  }
}
