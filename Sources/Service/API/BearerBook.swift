import Synchronization
import Telephony
import WebAPI

/// Whose tokens were seen a moment ago, so that not every request asks PostgreSQL. A revoked token works for
/// `keptFor` more.
final class BearerBook: Sendable {
  static let keptFor: Duration = .seconds(5)
  /// Tokens remembered, at most; beyond it all are asked for anew.
  static let tokensMax = 1_000

  private struct Page {
    var bearer: Bearer
    var until: Timestamp
  }

  private let pages = Mutex<[String: Page]>([:])
  private let meter: Meter

  init(meter: Meter) { self.meter = meter }

  func bearer(token: String, now: Timestamp) -> Bearer? {
    pages.withLock { pages in
      guard let page = pages[token], page.until > now, page.until <= now + Self.keptFor else { return nil }
      return page.bearer
    }
  }

  func note(_ bearer: Bearer, token: String, now: Timestamp) {
    pages.withLock { pages in
      if pages.count >= Self.tokensMax {
        meter.limit(.bearers)
        pages.removeAll()
      }
      pages[token] = Page(bearer: bearer, until: now + Self.keptFor)
    }
  }
}
