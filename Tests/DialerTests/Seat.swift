import Telephony

@testable import Dialer

/// The moment of these tests.
let dispatchNow = Timestamp(seconds: 1_800_000_000)

/// A seat and its agent; times in seconds from `dispatchNow`.
func seat(
  _ interface: MemberInterface, queue: QueueName = "sales", status: MemberStatus = .notInUse,
  paused: Bool = false, inCall: Bool = false, penalty: Int = 0, calls: Int = 0, lastCall: Int? = nil,
  wrapUp: Int = 0, freeFor: Int? = nil, cooling: Int? = nil, reserved: Bool = false, lastAttempt: Int? = nil
) -> AgentCandidate {
  AgentCandidate(
    seat: QueueMember(
      queue: queue, interface: interface, status: status, paused: paused, penalty: penalty,
      callsTaken: calls, lastCallAt: lastCall.map { dispatchNow - .seconds($0) }, inCall: inCall,
      wrapUp: .seconds(wrapUp)),
    freeSince: freeFor.map { dispatchNow - .seconds($0) },
    coolingUntil: cooling.map { dispatchNow + .seconds($0) },
    reserved: reserved, lastAttemptEndedAt: lastAttempt.map { dispatchNow - .seconds($0) })
}
