import Logging
import Store
import Telephony
public import WebAPI

extension PerezvonService {
  public var requestsPerSecond: Int { settings.current.http.requestsPerSecond }

  public func bearer(token: String) async throws(APIProblem) -> Bearer? {
    if let fixed = settings.current.http.tokens.first(where: { $0.token.isEqual(to: token) }),
      let role = Role(rawValue: fixed.role.rawValue)
    {
      return Bearer(label: fixed.name, role: role)
    }
    let now = world.now()
    if let known = bearers.bearer(token: token, now: now) { return known }
    let found: AccessToken?
    do { found = try await library.verify(token: token, now: now) } catch {
      throw APIProblem(.unavailable, "Tokens cannot be looked up: PostgreSQL is away. Try again.")
    }
    guard let found, let role = Role(rawValue: found.role.rawValue) else { return nil }
    let bearer = Bearer(
      label: PrintableText(found.label).description, role: role, member: found.member?.rawValue)
    bearers.note(bearer, token: token, now: now)
    return bearer
  }
}

extension PerezvonService {
  public func takeKey(_ key: String, of bearer: Bearer, fingerprint: String) async throws(APIProblem)
    -> KeyState
  {
    do {
      let state = try await library.takeKey(key, of: bearer.label, fingerprint: fingerprint, now: world.now())
      switch state {
      case .taken: return .taken
      case .busy: return .busy
      case .otherRequest: return .otherRequest
      case .answered(let status, let type, let body):
        return .answered(KeptAnswer(status: status, contentType: type, body: body))
      }
    } catch { throw APIProblem(AdministrationError(error)) }
  }

  public func keepAnswer(_ answer: KeptAnswer?, key: String, of bearer: Bearer) async {
    do {
      if let answer {
        try await library.keepAnswer(
          status: answer.status, contentType: answer.contentType, body: answer.body, key: key,
          of: bearer.label)
      } else {
        try await library.giveKeyBack(key, of: bearer.label)
      }
    } catch {
      logger.warning("The answer to a request could not be kept; a repeated one may be done again: \(error)")
    }
  }
}

extension APIProblem {
  /// What an administrator's command would have said, for a program.
  init(_ error: AdministrationError) {
    let kind: Kind =
      switch error.kind {
      case .invalid: .invalid
      case .notFound: .notFound
      case .conflict: .conflict
      case .unavailable: .unavailable
      case .other: .failed
      }
    self.init(kind, PrintableText(error.message, limit: 1_000).description)
  }
}
