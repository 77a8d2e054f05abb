import CallPolicy
import CallTracking
import Dialer
import Telephony

/// Customers who are dialled first: where they go when they answer, and who takes them.
extension SwitchboardMachine {
  /// An answered customer is placed before callers of this priority in the queue: he has waited long enough.
  static let connectPriority = 10
  /// The dialplan's word that AMD() heard a machine.
  static let machineEvent = "PerezvonMachine"

  func onward(from campaign: CampaignPolicy, _ course: AttemptCourse) -> DialplanPlace {
    let target =
      switch course {
      case .message: campaign.message ?? DialplanTarget(context: "perezvon-message")
      case .clientFirst, .agentFirst, .line: campaign.connect ?? DialplanTarget(context: "perezvon-connect")
      }
    return DialplanPlace(context: target.context, exten: target.exten)
  }

  /// What the dialplan is told with the legs. Dialled first, a customer is on his way with one command: whatever is to
  /// be known of him goes with his channel from the beginning.
  func variables(
    of job: Job, agent: MemberInterface?, _ course: AttemptCourse, _ campaign: CampaignPolicy
  ) -> [String: String] {
    var variables = [
      "PEREZVON_TALK_MAX": "\(Self.talkMaxSeconds)",
      TalkRecord.seatVariable: agent.map { TalkRecord.seat(of: $0) } ?? "",
    ]
    // Of several lines the first is the agent's, until another customer is quicker.
    let ofSeveral = course == .agentFirst && campaign.mode == .progressive && campaign.linesPerAgent > 1
    guard course != .agentFirst || ofSeveral else { return variables }
    let agent = ofSeveral ? nil : agent
    let wait = campaign.agentWithin
    let isPaced = campaign.mode == .predictive
    // The agent who is kept free has half of the time, at most; then the queue may give him anybody. Where seconds count
    // he has all of it.
    let ring = agent == nil ? .zero : isPaced ? wait : min(campaign.agents.ring, wait / 2)
    variables["PEREZVON_AGENT"] = agent?.rawValue ?? ""
    variables["PEREZVON_RING"] = "\(ring.components.seconds)"
    variables["PEREZVON_LIMIT"] = "\(max(1, (wait - ring).components.seconds))"
    let queue = isPaced && agent != nil ? nil : settings.dialing[job.campaign]?.agentQueue
    variables["PEREZVON_QUEUE"] = queue?.rawValue ?? ""
    variables["PEREZVON_SOUND"] = course == .message ? campaign.messageSound : campaign.outbound.dropMessage
    if course == .message, campaign.detectsMachines { variables["PEREZVON_AMD"] = "1" }
    variables["PEREZVON_PRIORITY"] = "\(Self.connectPriority + max(0, job.priority))"
    return variables
  }

  /// Whether a customer who answers in this moment, for whom nobody is kept free, finds nobody.
  func nobodyIsFree(for id: AttemptID, at now: Timestamp) -> Bool {
    guard let live = attempts[id], !live.ended, live.machine.needsSomebodyFree else { return false }
    let queue = live.machine.record.queue
    // Those who answered before him come first.
    let before = attempts.values.count {
      $0.machine.record.queue == queue && $0.machine.waitsForSomebody && !$0.ended
    }
    return freeAgents(of: queue, at: now) <= before
  }

  /// Members of a queue who could take a customer now; of all queues where it is nil.
  private func freeAgents(of queue: QueueName?, at now: Timestamp) -> Int {
    Set(
      candidates(at: now).filter {
        (queue == nil || $0.seat.queue == queue) && $0.availability(at: now) == .free
      }.map(\.seat.interface)
    ).count
  }

  /// The interface of a member whom app_queue calls by his name.
  func interface(of member: String) -> MemberInterface? {
    guard !member.isEmpty else { return nil }
    let known = seats.first { $0.member.interface.rawValue == member || $0.member.name == member }
    return known?.member.interface ?? MemberInterface(member)
  }
}

extension CampaignMode {
  /// Nil where nothing is dialled.
  var course: AttemptCourse? {
    switch self {
    case .agentFirst, .preview, .progressive: .agentFirst
    case .clientFirst, .predictive: .clientFirst
    case .message: .message
    case .observe: nil
    }
  }
}
