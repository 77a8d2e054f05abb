import AsteriskLink
import Telephony

/// What a switchboard needs of the way to its PBX. `PBXLink` is the way to an Asterisk; the simulation puts a
/// simulated exchange at its other end.
///
/// Each function is that of `PBXLink` and promises what is said there.
protocol PBXConnection: Sendable {
  var inputs: AsyncStream<LinkInput> { get }
  func run() async
  func perform(_ command: PBXCommand) async -> CommandOutcome
  func channel(_ id: ChannelID) async -> AsteriskLink.ChannelPresence
  func packetsReceived(from id: ChannelID) async -> Int?
  func talk(of attempt: AttemptID, with agent: MemberInterface) async -> TalkRecord?
  func resynchronize() async
  func setARIWanted(_ wanted: Bool)
}

extension PBXLink: PBXConnection {}
