/// One line of Asterisk's queue_log: `epoch|callid|queue|agent|event|data…` (`main/logger.c`, `ast_queue_log`).
public struct QueueLogLine: Sendable, Hashable, Codable {
  /// What app_queue wrote (`apps/app_queue.c`), or another application through QueueLog().
  public enum Event: Sendable, Hashable, Codable {
    /// `ENTERQUEUE` url, caller id, position. The number is raw: what the caller's side claims.
    case entered(rawNumber: String, position: Int)
    /// `CONNECT` hold time, the agent's channel, ring time: an agent answered.
    case connected(hold: Duration)
    /// `COMPLETEAGENT`, `COMPLETECALLER` hold time, call time, position: the talk is over.
    case completed(talk: Duration, byCaller: Bool)
    /// `BLINDTRANSFER`, `ATTENDEDTRANSFER`, `TRANSFER` (before Asterisk 12): the agent handed the caller on.
    case transferred(talk: Duration)
    /// `ABANDON` position, original position, wait. With a member in the agent field he had picked up.
    case abandoned
    /// `EXITWITHTIMEOUT`
    case timedOut
    /// `EXITEMPTY`
    case foundEmpty
    /// `EXITWITHKEY`
    case leftByKey
    /// `WITHDRAW` (Asterisk 20 and later)
    case withdrawn
    /// `RINGNOANSWER` milliseconds
    case rangOut
    /// `RINGCANCELED` milliseconds (Asterisk 13 and later): the caller left while the member rang.
    case ringCanceled
    /// `DID` number: written by the dialplan of FreePBX, not by app_queue.
    case calledNumber(String)
    /// `QUEUESTART`: this Asterisk has just begun to log.
    case started
    /// `PEREZVON…`: written by our own dialplan. The values are what was keyed in, filtered there.
    case keyed(KeyedWord)
    /// Any other word: members, pauses, penalties, reloads.
    case other
  }

  /// Whole seconds: the log has no fractions.
  public var at: Timestamp
  /// `Uniqueid` of the caller's channel; `NONE` is empty here.
  public var callID: ChannelID
  /// `NONE` is empty here.
  public var queue: QueueName
  /// The member's name as app_queue knows it, which is its interface where it was given no other; `NONE` is
  /// empty here.
  public var agent: String
  public var event: Event

  public init(at: Timestamp, callID: ChannelID, queue: QueueName, agent: String, event: Event) {
    self.at = at
    self.callID = callID
    self.queue = queue
    self.agent = agent
    self.event = event
  }
}
