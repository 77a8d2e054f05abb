public import Telephony

/// One message Asterisk sent over AMI, as far as this project wants it.
///
/// What becomes no case here (VarSet, Newexten, RTCP …) is dropped by `AMIParser` and counted.
public enum AMIMessage: Sendable, Hashable {
  /// The first line of a session, `Asterisk Call Manager/11.0.0`: the protocol's version.
  case banner(version: String)
  /// Something happened. `at` is the event's own `Timestamp:` (manager.conf `timestampevents=yes`), nil
  /// where Asterisk sends none.
  case event(PBXEvent, at: Timestamp?)
  /// The answer to one action.
  case response(AMIResponse)
  /// One part of the list that an action asked for; carries the action's id.
  case listItem(AMIListItem)
}

/// One `name: value` line of a response.
public struct AMIHeader: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// The answer to one action (`main/manager.c`, `astman_send_response_full`).
public struct AMIResponse: Sendable, Hashable {
  /// The word behind `Response:`.
  public enum Status: Sendable, Hashable {
    case success
    case error
    /// The answer to Logoff; Asterisk closes the connection.
    case goodbye
    case other(String)
  }

  public var status: Status
  /// As sent with the action; empty where Asterisk answers a message it could not read.
  public var actionID: String
  /// Asterisk's sentence; empty where there is none.
  public var message: String
  /// `EventList: start`: list items with the same action id follow, up to one `.complete`.
  public var listFollows: Bool
  /// All lines, in the order sent; names can repeat.
  public var headers: [AMIHeader]

  public init(status: Status, actionID: String, message: String, listFollows: Bool, headers: [AMIHeader]) {
    self.status = status
    self.actionID = actionID
    self.message = message
    self.listFollows = listFollows
    self.headers = headers
  }

  /// The value of the first header of this name (ASCII letters of either case); nil where there is none.
  public subscript(name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  public var isSuccess: Bool { status == .success }

  /// The answer every action gets while `core stop gracefully` waits for the last call: hold the work, burn
  /// no attempt, keep the session (`main/manager.c`, `process_message`).
  public var isShuttingDown: Bool { status == .error && message.lowercased().contains("shutting down") }

  /// What the answer says of a command that went by AMI.
  public var outcome: CommandOutcome {
    switch status {
    case .success, .goodbye: return .done
    case .error:
      let said = message.lowercased()
      // Asterisk has no codes: these are its words for what is gone (`apps/app_queue.c`, `main/manager.c`).
      let gone = ["not found", "no such", "not there", "does not exist"].contains { said.contains($0) }
      return gone ? .notFound : .refused(message.isEmpty ? "Asterisk gave no reason" : message)
    case .other(let word): return .refused(message.isEmpty ? word : message)
    }
  }
}

/// One part of a list: `CoreShowChannels` or `QueueStatus`.
public struct AMIListItem: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    /// CoreShowChannel.
    case channel(PBXSnapshot.LiveChannel)
    /// QueueParams.
    case queue(QueueName)
    /// QueueMember.
    case member(QueueMember)
    /// QueueEntry.
    case waiting(PBXSnapshot.WaitingCaller)
    /// ListDialplan: the context of one priority; the same comes once for each.
    case dialplanContext(String)
    /// `…Complete`: the last part, with the number of items Asterisk says it sent.
    case complete(event: String, items: Int?)
  }

  public var actionID: String
  public var content: Content

  public init(actionID: String, content: Content) {
    self.actionID = actionID
    self.content = content
  }
}
