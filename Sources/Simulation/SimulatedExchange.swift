import Telephony

/// A PBX with its telco, its agents and its customers, in virtual time. It says what an Asterisk says, in the
/// order an Asterisk says it (see `docs/asterisk.md`), and does what it is commanded.
final class SimulatedExchange: @unchecked Sendable {
  static let application = "perezvon"
  static let queue: QueueName = "sales"
  static let trunk = "PJSIP/trunk"
  static let did = "4951112233"

  let time: VirtualTime
  let trace: Trace
  let judge: Judge
  let people: People
  /// What the PBX's own clock shows beyond the right time.
  let clockError: Duration
  /// Whether a pause outlives a restart (`persistentmembers`).
  let keepsPauses: Bool

  private(set) var isUp = true
  private(set) var startedAt: Timestamp
  var lines: [ChannelID: Line] = [:]
  var waiting: [Line] = []
  var seats: [Seat]
  var customers: [Customer]
  var links: [SimulatedLink] = []
  /// Who holds the Stasis application.
  weak var owner: SimulatedLink?
  private var serial = 0
  private var bridgeSerial = 0
  /// Nobody calls in or out any more.
  var isCalm = false

  init(
    time: VirtualTime, trace: Trace, judge: Judge, people: People, clockError: Duration, keepsPauses: Bool
  ) {
    self.time = time
    self.trace = trace
    self.judge = judge
    self.people = people
    self.clockError = clockError
    self.keepsPauses = keepsPauses
    startedAt = time.now - .seconds(86_400)
    seats = (0..<people.agents).map { Seat(interface: MemberInterface("PJSIP/\(101 + $0)")) }
    customers = (0..<people.customers).map { Customer(index: $0) }
  }

  /// Lines, people and links know each other: a run that is over lets go of them.
  func clear() {
    for line in lines.values { line.afterwards = nil }
    for customer in customers { customer.lines = [] }
    for seat in seats { seat.line = nil }
    lines = [:]
    waiting = []
    links = []
  }

  // MARK: Channels

  func newLine(
    _ device: String, id: ChannelID? = nil, call: LinkedID? = nil, number: String = "",
    context: String = "from-internal", exten: String = "s", state: ChannelState = .down
  ) -> Line {
    serial += 1
    let unique = id ?? ChannelID("pbx1-\(startedAt.microseconds / 1_000_000).\(serial)")
    let line = Line(
      id: unique, linkedID: call ?? LinkedID(unique.rawValue), name: "\(device)-0000\(serial)",
      number: number, context: context, exten: exten, state: state, bornAt: time.now)
    lines[unique] = line
    ami(.channelCreated(line.snapshot))
    return line
  }

  func goesUp(_ line: Line) {
    guard line.isAlive, line.state != .up else { return }
    line.state = .up
    line.upAt = time.now
    ami(.channelState(line.snapshot))
    if let seat = line.seat { statusChanged(seat) }
  }

  func rings(_ line: Line) {
    guard line.isAlive, line.state == .down else { return }
    line.state = .ringing
    ami(.channelState(line.snapshot))
    if let seat = line.seat { statusChanged(seat) }
  }

  /// Ends a channel. `byFarEnd`: the phone at its other end let go.
  func hangUp(_ line: Line, _ cause: HangupCause = .normalClearing, byFarEnd: Bool = false) {
    guard line.isAlive else { return }
    line.isAlive = false
    lines[line.id] = nil
    if byFarEnd { ami(.hangupRequested(line.snapshot)) }
    leaveQueue(line, abandoned: true)
    if let ringing = line.rungFor { stopRinging(ringing, dialEnd: .cancel) }
    let peer = leaveBridge(line)
    if line.inStasis { leavesStasis(line) }
    ami(.channelHungUp(line.snapshot, cause))
    if line.isOfApplication { ari(.channelDestroyed(line.snapshot, cause)) }
    if let seat = line.seat, seat.line === line {
      seat.line = nil
      statusChanged(seat)
    }
    if let customer = line.customer { customer.lines.removeAll { $0 === line } }
    judge.gone(line, at: time.now)
    line.afterwards?()
    line.afterwards = nil
    // The dialplan of the other one comes to its end.
    if let peer { time.after(time.random.milliseconds(0...3)) { self.hangUp(peer) } }
  }

  private func leavesStasis(_ line: Line) {
    line.inStasis = false
    ari(.stasisEnded(line.snapshot, application: Self.application))
  }

  // MARK: Bridges

  func bridge(_ one: Line, _ other: Line) {
    guard one.isAlive, other.isAlive else { return }
    bridgeSerial += 1
    let id = BridgeID("bridge-\(bridgeSerial)")
    one.bridge = id
    other.bridge = id
    one.peer = other
    other.peer = one
    ami(.bridgeEntered(id, one.snapshot))
    ami(.bridgeEntered(id, other.snapshot))
    judge.talkBegins(one, other, at: time.now)
  }

  /// Both leave when one does; the other one, where there was one.
  @discardableResult
  func leaveBridge(_ line: Line) -> Line? {
    guard let id = line.bridge else { return nil }
    let peer = line.peer
    ami(.bridgeLeft(id, line.snapshot))
    if let peer, peer.isAlive { ami(.bridgeLeft(id, peer.snapshot)) }
    judge.talkEnds(line, at: time.now)
    line.bridge = nil
    line.peer = nil
    peer?.bridge = nil
    peer?.peer = nil
    return peer
  }

  // MARK: What is said

  var stamp: Timestamp { time.now + clockError }

  func ami(_ event: PBXEvent) {
    trace.note("pbx", "ami", "\(Self.short(event))")
    for link in links { link.hear(event, stamp: stamp) }
  }

  func ari(_ event: PBXEvent) {
    trace.note("pbx", "ari", "\(Self.short(event)) -> \(owner?.who ?? "nobody")")
    owner?.hearARI(event, stamp: stamp)
  }

  /// The case and what it holds, cut to a line.
  static func short(_ event: PBXEvent) -> String {
    let text = String(describing: event).replacing("Telephony.", with: "").replacing(
      "ChannelSnapshot", with: "")
    return String(text.prefix(200))
  }

  // MARK: Snapshots

  var channelsShown: [PBXSnapshot.LiveChannel] {
    lines.values.sorted { $0.id < $1.id }.map { line in
      PBXSnapshot.LiveChannel(
        channel: line.snapshot, bridge: line.bridge, application: line.application,
        age: time.now - (line.upAt ?? line.bornAt))
    }
  }

  var waitingShown: [PBXSnapshot.WaitingCaller] {
    waiting.enumerated().map { position, line in
      PBXSnapshot.WaitingCaller(
        queue: Self.queue, channel: line.id, channelName: line.name, position: position + 1,
        wait: time.now - (line.joinedAt ?? time.now), callerNumber: line.number, callerName: "")
    }
  }

  var membersShown: [QueueMember] { seats.filter(\.isMember).map(\.member) }

  func statusChanged(_ seat: Seat) {
    // Device states travel by their own task: a little later than the channel's events.
    time.after(time.random.milliseconds(0...20)) { [self] in
      guard seat.isMember, seat.toldStatus != seat.status else { return }
      seat.toldStatus = seat.status
      ami(.memberStatus(seat.member))
      serveQueue()
    }
  }

  // MARK: Its own life

  /// `core restart now` says goodbye, a kill does not.
  func restart(graceful: Bool, backAfter: Duration) {
    guard isUp else { return }
    trace.note("pbx", "restarts", graceful ? "gracefully" : "killed")
    if graceful { ami(.shutdown(restart: true)) }
    for line in lines.values.sorted(by: { $0.id < $1.id }) {
      if graceful { hangUp(line) } else { dies(line) }
    }
    isUp = false
    owner = nil
    waiting = []
    for link in links { link.cutAll("the PBX is gone") }
    for seat in seats {
      seat.line = nil
      if !keepsPauses {
        seat.isPaused = false
        seat.reason = ""
      }
      seat.toldStatus = seat.status
    }
    time.after(backAfter) { [self] in
      isUp = true
      startedAt = time.now
      trace.note("pbx", "is back")
    }
  }

  private func dies(_ line: Line) {
    guard line.isAlive else { return }
    line.isAlive = false
    lines[line.id] = nil
    if line.bridge != nil {
      judge.talkEnds(line, at: time.now)
      line.peer?.bridge = nil
      line.peer?.peer = nil
    }
    if let customer = line.customer { customer.lines.removeAll { $0 === line } }
    judge.gone(line, at: time.now)
    line.afterwards = nil
  }
}
