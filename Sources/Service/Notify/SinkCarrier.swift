import Courier
import Foundation
import Mustache
import Store
import Telephony

/// Hands one row of the outbox to its far end, by the settings in force. Not pure: it goes out.
struct SinkCarrier: Sendable {
  /// Until a far end has taken a notification, at most; below the lease of a row.
  static let timeout = Duration.seconds(30)
  /// The answer of an SMS gateway or a webhook may have so many bytes.
  static let answerBytesMax = 64 << 10
  /// How long a row is nobody else's while it is sent.
  static let lease = Duration.seconds(120)

  let courier: Courier
  let settings: NotifySettings
  let now: @Sendable () -> Timestamp

  func deliver(_ row: OutboxRow) async -> DeliveryResult {
    guard let json = row.payload, let payload = OutboxPayload(json: json) else {
      return .refused("what it says cannot be read: it was written by another version")
    }
    if let mail = payload.mail { return await deliver(mail, row) }
    if let text = payload.text { return await deliver(text, row) }
    if let webhook = payload.webhook { return await deliver(webhook, row) }
    return .refused("it says nothing")
  }

  // MARK: Mail

  private func deliver(_ mail: OutboxPayload.Mail, _ row: OutboxRow) async -> DeliveryResult {
    guard let smtp = settings.smtp else { return .unavailable("notify.smtp is not configured any more") }
    let message = MailMessage(
      from: smtp.from, to: mail.to, subject: mail.subject, text: mail.text, html: mail.html,
      date: row.createdAt,
      key: row.key)
    let (url, credentials) = Self.credentials(of: smtp.url.value)
    let sent = Mail(
      url, from: smtp.from, to: mail.to, message: message.bytes, credentials: credentials,
      startTLS: smtp.requiresTLS ? .required : .whereOffered,
      tls: TLSPolicy(verify: smtp.verify, caFile: smtp.caFile), timeout: Self.timeout)
    do throws(CourierError) {
      try await courier.send(sent)
      return .delivered
    } catch {
      if error.code == .badRequest || error.code == .rejected { return .refused(error.message) }
      return error.delivery == .notSent ? .unavailable(error.message) : .uncertain(error.message)
    }
  }

  /// User and password out of a URL, percent-decoded.
  static func credentials(of url: String) -> (url: String, HTTPCredentials) {
    guard let scheme = url.firstRange(of: "://")?.upperBound else { return (url, .none) }
    let authority = url[scheme...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let at = authority.lastIndex(of: "@") else { return (url, .none) }
    let plain = String(url[..<scheme]) + url[url.index(after: at)...]
    let pair = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let decoded = pair.map { String($0).removingPercentEncoding ?? String($0) }
    return (plain, .basic(username: decoded[0], password: decoded.count > 1 ? decoded[1] : ""))
  }

  // MARK: Text messages

  private func deliver(_ text: OutboxPayload.Text, _ row: OutboxRow) async -> DeliveryResult {
    guard let sms = settings.sms else { return .unavailable("notify.sms is not configured any more") }
    let values: [String: Any] = [
      "number": text.to, "digits": String(text.to.drop { $0 == "+" }), "text": text.text,
      "key": row.key.description,
    ]
    let type = sms.headers.first { $0.name.lowercased() == "content-type" }?.value.value
    let escape = ContentEscape.of(body: sms.body, contentType: type)
    guard let filledURL = try? ContentEscape.form.template(sms.url.value).render(values),
      let body = try? escape.template(sms.body).render(values)
    else { return .unavailable("notify.sms.url or notify.sms.body is no template; check its {{ }}") }
    var headers = sms.headers.map { HTTPHeader($0.name, $0.value.value) }
    if type == nil, !body.isEmpty { headers.append(HTTPHeader("Content-Type", escape.contentType)) }
    let answer = await send(
      HTTPRequest.Method(rawValue: sms.method) ?? .post, filledURL, headers, body, caFile: sms.caFile)
    switch answer {
    case .failure(let error): return Self.result(of: error)
    case .success(let response):
      let taken =
        sms.success.isEmpty ? (200...299).contains(response.status) : sms.success.contains(response.status)
      guard taken else { return Self.result(ofStatus: response.status) }
      if let wanted = sms.successText, !String(decoding: response.body, as: UTF8.self).contains(wanted) {
        return .refused("the gateway answered \(response.status) without notify.sms.success_text")
      }
      return .delivered
    }
  }

  // MARK: Webhooks

  private func deliver(_ webhook: OutboxPayload.Webhook, _ row: OutboxRow) async -> DeliveryResult {
    let known = settings.rules.lazy.compactMap(\.webhook).first { WebhookSink.name($0.url) == row.sink }
    guard let known else { return .unavailable("no rule of notify.rules posts to this address any more") }
    var headers = known.headers.map { HTTPHeader($0.name, $0.value.value) }
    if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      headers.append(HTTPHeader("Content-Type", "application/json"))
    }
    let seconds = String(Int(now().seconds))
    headers += [
      HTTPHeader("Idempotency-Key", row.key.description), HTTPHeader("X-Perezvon-Event", webhook.event),
      HTTPHeader("X-Perezvon-Timestamp", seconds), HTTPHeader("User-Agent", "Perezvon"),
    ]
    if let secret = known.secret {
      let signature = MessageSignature.hmac(key: secret.value, seconds + "." + webhook.body)
      headers.append(HTTPHeader("X-Perezvon-Signature", "sha256=" + signature))
    }
    switch await send(.post, known.url, headers, webhook.body, caFile: known.caFile) {
    case .failure(let error): return Self.result(of: error)
    case .success(let response):
      return (200...299).contains(response.status) ? .delivered : Self.result(ofStatus: response.status)
    }
  }

  // MARK: HTTP

  private func send(
    _ method: HTTPRequest.Method, _ url: String, _ headers: [HTTPHeader], _ body: String, caFile: String?
  ) async -> Result<HTTPResponse, CourierError> {
    let (plain, credentials) = Self.credentials(of: url)
    var request = HTTPRequest(
      method, plain, headers: headers, body: method == .get ? [] : Array(body.utf8), credentials: credentials,
      tls: TLSPolicy(caFile: caFile), connectTimeout: .seconds(5), timeout: Self.timeout,
      responseBytesMax: Self.answerBytesMax, repeatable: false)
    request.refusesPrivate = !allowsPrivate(plain)
    do throws(CourierError) { return .success(try await courier.send(request)) } catch {
      return .failure(error)
    }
  }

  private func allowsPrivate(_ url: String) -> Bool {
    guard !settings.allowPrivate.contains("*"), !settings.allowPrivate.contains("true") else { return true }
    let host = URLComponents(string: url)?.host?.lowercased().trimmingCharacters(in: ["[", "]"])
    return host.map { host in settings.allowPrivate.contains { $0.lowercased() == host } } ?? false
  }

  private static func result(of error: CourierError) -> DeliveryResult {
    switch error.code {
    case .badRequest, .privateAddress: .refused(error.message)
    // It was taken, or refused, with more words than anybody reads.
    case .tooLarge: .refused(error.message)
    case .resolve, .connect, .tls, .timeout, .broken, .busy, .cancelled, .shutDown, .rejected, .internal:
      error.delivery == .notSent ? .unavailable(error.message) : .uncertain(error.message)
    }
  }

  /// What will not be taken however often it is sent is refused; wrong rights and missing pages are set right by
  /// people, so they are tried again.
  static func result(ofStatus status: Int) -> DeliveryResult {
    switch status {
    case 300...399:
      .refused("it answered \(status): a redirect, which is not followed; give the address it leads to")
    case 400, 405, 406, 409, 410, 411, 413, 414, 415, 422, 431, 451, 501: .refused("it answered \(status)")
    default: .unavailable("it answered \(status)")
    }
  }
}

extension ContentEscape {
  /// For a body whose type nobody named.
  var contentType: String {
    switch self {
    case .json: "application/json"
    case .form: "application/x-www-form-urlencoded"
    case .html: "text/xml; charset=utf-8"
    case .text: "text/plain; charset=utf-8"
    }
  }
}
