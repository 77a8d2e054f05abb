public import Telephony

/// What a supervisor or another program does to callers, over the lab's own manager session.
extension LabPBX {
  /// Waits until a caller's channel is where it is looked for: in `application`, or anywhere where nil.
  public func caller(
    _ number: String, in application: String? = nil, within bound: Duration = .seconds(15)
  ) async throws -> Channel {
    try await eventually(within: bound, "\(number) in \(application ?? "the PBX")") { pbx in
      try await pbx.channels().first {
        $0.callerNumber == number && $0.name.hasPrefix("PJSIP/trunk")
          && (application == nil || $0.application == application)
      }
    }
  }

  /// Sends a channel to another place of the dialplan, out of whatever it is in.
  public func redirect(_ channel: Channel, context: String, exten: String) async throws(LabError) {
    try await instance.session().send([
      ("Action", "Redirect"), ("Channel", channel.name), ("Context", context), ("Exten", exten),
      ("Priority", "1"),
    ])
  }

  /// Takes a caller out of a queue (`QueueWithdrawCaller`, Asterisk 16.25, 18.11, 19.3 and later).
  public func withdraw(_ channel: Channel, from queue: QueueName) async throws(LabError) {
    try await instance.session().send([
      ("Action", "QueueWithdrawCaller"), ("Queue", queue.rawValue), ("Caller", channel.name),
    ])
  }
}
