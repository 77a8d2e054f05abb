/// What an alert is about, as `perezvon.events.details` holds it.
struct AlertDetails: Sendable, Hashable, Codable {
  enum State: String, Sendable, Hashable, Codable { case raised, cleared }

  var state = State.raised
  /// A PBX, a campaign, an endpoint.
  var subject: String
  var count: Int?
  /// What is usual for this hour.
  var usual: Int?
  var minutes: Int?
  /// 0 to 100.
  var percent: Int?
  /// What the far end or libcurl said.
  var problem: String?
}
