public import Telephony

/// What the tracker of one PBX has to know beforehand.
public struct TrackerSettings: Sendable, Hashable {
  /// The PBX whose events are folded; part of the key of every record.
  public var pbx: PBXName
  /// A channel born in one of these dialplan contexts is a customer calling in.
  public var inboundContexts: Set<String>
  /// Dialplan context the caller was last in, to where the call was lost.
  public var stages: [String: LostAt]
  /// A caller whom only voicemail took is missed. Default true. With false such a call is neither answered nor
  /// missed.
  public var voicemailIsMissed: Bool
  /// Endpoints of trunks as they begin a channel's name: `PJSIP/trunk`. Default: none. Others are learned
  /// from the callers that come in. Only needed to recognise callers who were there before the service was.
  public var trunks: Set<String>
  /// How long after the caller's hangup late events are waited for. Default 300 ms.
  public var settle: Duration
  /// How long a closed channel is remembered, so that late and repeated events are recognised. Default 60 s.
  public var closedChannelMemory: Duration
  /// `calls_max`: calls tracked at once. Default 20,000. A caller beyond it is not tracked, and is counted.
  public var callsMax: Int
  /// `channels_max`: channels known at once, closed ones included. Default 200,000.
  public var channelsMax: Int
  /// `evidence_steps_max`: steps kept of one call. Default 40. Beyond it the oldest rings go first.
  public var evidenceStepsMax: Int

  public init(
    pbx: PBXName, inboundContexts: Set<String>, stages: [String: LostAt] = [:],
    voicemailIsMissed: Bool = true, trunks: Set<String> = [],
    settle: Duration = .milliseconds(300), closedChannelMemory: Duration = .seconds(60),
    callsMax: Int = 20_000, channelsMax: Int = 200_000, evidenceStepsMax: Int = 40
  ) {
    self.pbx = pbx
    self.inboundContexts = inboundContexts
    self.stages = stages
    self.voicemailIsMissed = voicemailIsMissed
    self.trunks = trunks
    self.settle = settle
    self.closedChannelMemory = closedChannelMemory
    self.callsMax = max(1, callsMax)
    self.channelsMax = max(1, channelsMax)
    self.evidenceStepsMax = max(8, evidenceStepsMax)
  }
}
