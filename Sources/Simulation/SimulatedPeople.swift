import Telephony

@testable import Service

/// Who lives around the exchange of one run, and of what temper they are.
struct People {
  var agents: Int
  var customers: Int
  /// Calls come in this often, in milliseconds.
  var callEvery: ClosedRange<Int>
  /// In hundredths: what an agent does whose phone rings; the rest picks up.
  var agentIgnores: Int
  var agentDeclines: Int
  var agentPhoneDies: Int
  /// In hundredths: what a customer does whose phone rings; the rest picks up.
  var customerIgnores: Int
  var customerBusy: Int
  var customerUnreachable: Int
  var customerHangsUpAtOnce: Int
  /// Whether people meddle: pause, unpause, remove, transfer, dial by hand.
  var meddle: Bool
  /// How long who waits in the queue waits, in milliseconds.
  var patience: ClosedRange<Int>
  /// How long people talk, in milliseconds.
  var talk: ClosedRange<Int>

  init(_ random: inout SplitMix64) {
    agents = 1 + random.below(3)
    customers = 2 + random.below(4)
    callEvery = random.pick([3_000...15_000, 8_000...30_000])
    agentIgnores = random.pick([0, 10, 30])
    agentDeclines = random.pick([0, 5, 20])
    agentPhoneDies = random.pick([0, 0, 3])
    customerIgnores = random.pick([0, 10, 30])
    customerBusy = random.pick([0, 10])
    customerUnreachable = random.pick([0, 0, 10])
    customerHangsUpAtOnce = random.pick([0, 5, 15])
    meddle = random.chance(1, in: 2)
    patience = random.pick([500...9_000, 3_000...40_000])
    talk = random.pick([500...8_000, 4_000...30_000])
  }
}

/// An agent's seat: a member of the queue, his phone, and what the queue holds of him.
final class Seat {
  let interface: MemberInterface
  var isMember = true
  var isRegistered = true
  var isPaused = false
  var reason = ""
  /// The channel of his phone.
  var line: Line?
  var toldStatus = MemberStatus.notInUse
  var lastCallAt: Timestamp?
  var inQueueCall = false

  init(interface: MemberInterface) { self.interface = interface }

  var status: MemberStatus {
    guard isRegistered else { return .unavailable }
    guard let line else { return .notInUse }
    return line.state == .up || line.state == .ring ? .inUse : .ringing
  }

  var member: QueueMember {
    QueueMember(
      queue: SimulatedExchange.queue, interface: interface, name: interface.rawValue,
      stateInterface: interface.rawValue, status: toldStatus, paused: isPaused, pausedReason: reason,
      lastCallAt: lastCallAt, inCall: inQueueCall)
  }
}

/// A customer and his one phone.
final class Customer {
  let index: Int
  let number: PhoneNumber
  var lines: [Line] = []

  init(index: Int) {
    self.index = index
    let text = "+7916000\(String(1_000 + index * 111))"
    // Well formed by construction.
    number = PhoneNumber(e164: text) ?? { fatalError("\(text) is not E.164") }()
  }

  /// As the trunk shows it.
  var raw: String { String(number.digits) }
}

/// One channel of the exchange.
final class Line {
  let id: ChannelID
  let linkedID: LinkedID
  let name: String
  let number: String
  var context: String
  var exten: String
  var state: ChannelState
  let bornAt: Timestamp
  var upAt: Timestamp?
  var joinedAt: Timestamp?
  var application = ""
  var isAlive = true
  var inStasis = false
  /// Made by ARI: the application hears of its end even outside Stasis.
  var isOfApplication = false
  var bridge: BridgeID?
  weak var peer: Line?
  var variables: [String: String] = [:]
  var customer: Customer?
  var seat: Seat?
  /// The leg that rings for this waiting caller.
  var rungFor: Line?
  /// The waiting caller this leg rings for.
  weak var ringsFor: Line?
  /// Who is called by it, as the judge knows him.
  var party: OurLeg?
  var afterwards: (() -> Void)?

  init(
    id: ChannelID, linkedID: LinkedID, name: String, number: String, context: String, exten: String,
    state: ChannelState, bornAt: Timestamp
  ) {
    self.id = id
    self.linkedID = linkedID
    self.name = name
    self.number = number
    self.context = context
    self.exten = exten
    self.state = state
    self.bornAt = bornAt
    party = OurLeg(id)
  }

  var snapshot: ChannelSnapshot {
    ChannelSnapshot(
      id: id, linkedID: linkedID, name: name, state: state, callerNumber: number, context: context,
      exten: exten)
  }
}
