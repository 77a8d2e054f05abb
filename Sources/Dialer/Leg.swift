import Telephony

/// What an attempt knows of one of its legs.
struct Leg: Sendable, Hashable {
  enum Life: Sendable, Hashable {
    /// Never asked for.
    case none
    /// Asked for; nothing certain is known of it.
    case requested
    /// It is there and not answered.
    case ringing
    /// Answered, in our application.
    case up
    /// Left our application: it is in the dialplan, in a bridge, or about to be gone.
    case away
    /// A human moved it: not ours to touch.
    case taken
    case gone
  }

  var life = Life.none
  /// Its originate has no outcome yet: a hang-up that finds nothing proves nothing.
  var originateOpen = false
  /// Hang-ups sent while the originate was open and not answered yet: that they find nothing proves nothing,
  /// even if they tell so after the originate has succeeded.
  var earlyHangUps = 0
  /// Something was heard of it: it was certainly made.
  var seen = false
  /// We wait for the answer to a question after it.
  var asking = false
  var asks = 0
  /// Filled by StasisStart or a snapshot.
  var channelName = ""
  var status: DialStatus?

  /// Whether it may hold a line that is ours to hang up.
  var mayBeAlive: Bool {
    switch life {
    case .requested, .ringing, .up, .away: true
    case .none, .taken, .gone: false
    }
  }
}

extension Attempt {
  subscript(party: OurLeg.Party) -> Leg {
    get { party == .agent ? agent : customer }
    set { if party == .agent { agent = newValue } else { customer = newValue } }
  }
}
