import CLibcurl
import Glibc

/// One request or mail on its way through libcurl. Belongs to the courier's thread, and there to nobody else.
final class Transfer {
  let id: UInt64
  let errand: Errand
  let easy: UnsafeMutableRawPointer
  let deadline: ContinuousClock.Instant
  private let headerBytesMax: Int
  private var list: UnsafeMutablePointer<curl_slist>?
  private let errorText: UnsafeMutablePointer<CChar>
  private let body: UnsafeMutableBufferPointer<UInt8>

  private var headers: [HTTPHeader] = []
  private var headerBytes = 0
  private var answer: [UInt8] = []
  private var overflow = false
  /// An address was not connected to, since it is private.
  private var refusedAddress: String?
  /// How often libcurl was about to write this to a connection; of a mail, its message.
  private(set) var timesSent = 0
  /// How many bytes of a mail libcurl has fetched.
  private var given = 0

  /// Nil where libcurl has no memory.
  init?(id: UInt64, errand: Errand, settings: CourierSettings) {
    guard let easy = curl_easy_init() else { return nil }
    self.id = id
    self.errand = errand
    self.easy = easy
    deadline = .now + errand.timeout
    headerBytesMax = settings.headerBytesMax
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    let bytes = errand.bytes
    body = .allocate(capacity: bytes.count)
    _ = body.initialize(from: bytes)
    setLimits(settings)
    switch errand {
    case .request(let request, _): setRequest(request)
    case .mail(let mail): setMail(mail)
    }
    setCallbacks()
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(list)
    errorText.deallocate()
    body.deallocate()
  }

  var delivery: CourierError.Delivery { timesSent == 0 ? .notSent : .unknown }

  private func setLimits(_ settings: CourierSettings) {
    pz_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
    pz_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
    pz_easy_set_long(easy, CURLOPT_TCP_NODELAY, 1)
    pz_easy_set_text(easy, CURLOPT_PROXY, "")
    pz_easy_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, errand.connectTimeout.wholeMilliseconds))
    pz_easy_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, errand.timeout.wholeMilliseconds))
    pz_easy_set_long(easy, CURLOPT_MAXAGE_CONN, max(1, Int(settings.idleMax.components.seconds)))
    pz_easy_set_long(easy, CURLOPT_SSL_VERIFYPEER, errand.tls.verify ? 1 : 0)
    pz_easy_set_long(easy, CURLOPT_SSL_VERIFYHOST, errand.tls.verify ? 2 : 0)
    if let caFile = errand.tls.caFile { pz_easy_set_text(easy, CURLOPT_CAINFO, caFile) }
  }

  private func setRequest(_ request: HTTPRequest) {
    pz_easy_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    pz_easy_set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    pz_easy_set_text(easy, CURLOPT_URL, request.url)
    // `Expect` would add a round trip to large bodies.
    list = curl_slist_append(list, "Expect:")
    // libcurl would call every POST a web form.
    if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      list = curl_slist_append(list, "Content-Type:")
    }
    for header in request.headers {
      // libcurl takes "Name;" for a header without a value.
      list = curl_slist_append(
        list, header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    switch request.credentials {
    case .none: break
    case .basic(let username, let password):
      pz_easy_set_long(easy, CURLOPT_HTTPAUTH, 1)  // CURLAUTH_BASIC
      pz_easy_set_text(easy, CURLOPT_USERNAME, username)
      pz_easy_set_text(easy, CURLOPT_PASSWORD, password)
    case .bearer(let token):
      list = curl_slist_append(list, "Authorization: Bearer \(token)")
    }
    pz_easy_set_list(easy, CURLOPT_HTTPHEADER, list)
    switch request.method {
    case .get where request.body.isEmpty: pz_easy_set_long(easy, CURLOPT_HTTPGET, 1)
    case .delete where request.body.isEmpty: pz_easy_set_text(easy, CURLOPT_CUSTOMREQUEST, "DELETE")
    case .get, .post, .put, .delete:
      pz_easy_set_long(easy, CURLOPT_POST, 1)
      pz_easy_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
      pz_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
      pz_easy_set_pointer(easy, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(body.baseAddress ?? .empty))
    }
  }

  private func setMail(_ mail: Mail) {
    pz_easy_set_text(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    pz_easy_set_text(easy, CURLOPT_URL, mail.url)
    // CURLUSESSL_ALL, CURLUSESSL_TRY
    pz_easy_set_long(easy, CURLOPT_USE_SSL, mail.startTLS == .required ? 3 : 1)
    if case .basic(let username, let password) = mail.credentials {
      pz_easy_set_text(easy, CURLOPT_USERNAME, username)
      pz_easy_set_text(easy, CURLOPT_PASSWORD, password)
    }
    pz_easy_set_text(easy, CURLOPT_MAIL_FROM, "<\(mail.sender)>")
    for recipient in mail.recipients { list = curl_slist_append(list, "<\(recipient)>") }
    pz_easy_set_list(easy, CURLOPT_MAIL_RCPT, list)
    pz_easy_set_long(easy, CURLOPT_UPLOAD, 1)
    pz_easy_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(body.count))
    pz_easy_set_pointer(easy, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
    pz_easy_set_data_function(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
      Transfer.from(context).give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }
  }

  /// Fills what libcurl is about to write with the next bytes of the message; 0 at its end.
  private func give(_ space: UnsafeMutableRawBufferPointer) -> Int {
    timesSent = 1
    let next = body[given..<min(body.count, given + space.count)]
    space.copyBytes(from: next)
    given += next.count
    return next.count
  }

  private func setCallbacks() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    pz_easy_set_pointer(easy, CURLOPT_PRIVATE, context)
    pz_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
    pz_easy_set_pointer(easy, CURLOPT_WRITEDATA, context)
    pz_easy_set_data_function(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      Transfer.from(context).receivedBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    pz_easy_set_pointer(easy, CURLOPT_HEADERDATA, context)
    pz_easy_set_data_function(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      Transfer.from(context).receivedHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    if errand.refusesPrivate {
      pz_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
      pz_easy_set_open_socket(easy) { context, _, address in Transfer.from(context).openSocket(address) }
    }
    guard case .request = errand else { return }
    // Called with the connection up, just before the request is written: what was never called was never sent.
    pz_easy_set_pointer(easy, CURLOPT_PREREQDATA, context)
    pz_easy_set_before_request(easy) { context, _, _, _, _ in Transfer.from(context).beforeRequest() }
  }

  /// The transfer behind a context pointer. The engine keeps it alive while libcurl knows the handle.
  static func from(_ context: UnsafeMutableRawPointer?) -> Transfer {
    Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
  }

  /// A socket for an address that was resolved just now; none where it is private.
  private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
    guard let address else { return CURL_SOCKET_BAD }
    let place = UnsafeRawPointer(address) + (MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0)
    let bytes = UnsafeRawBufferPointer(start: place, count: Int(address.pointee.addrlen))
    guard let found = PrivateAddress.public(bytes) else {
      refusedAddress = PrivateAddress.words(bytes)
      return CURL_SOCKET_BAD
    }
    return socket(found, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
  }

  private func beforeRequest() -> Int32 {
    timesSent += 1
    // libcurl repeats a request by itself when a kept connection ends before the first byte of an answer.
    return timesSent > 1 && !errand.isRepeatable ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK
  }

  private func receivedBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    if case .request(_, let eachPiece?) = errand {
      eachPiece(Array(bytes))
      return bytes.count
    }
    guard answer.count + bytes.count <= errand.answerBytesMax else {
      overflow = true
      return 0
    }
    answer.append(contentsOf: bytes)
    return bytes.count
  }

  private func receivedHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
    headerBytes += bytes.count
    guard headerBytes <= headerBytesMax else {
      overflow = true
      return 0
    }
    // A status line begins a new answer: after a 100, and after a repetition.
    if bytes.starts(with: "HTTP/".utf8) {
      headers = []
      return bytes.count
    }
    if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
      let name = String(decoding: bytes[..<colon], as: UTF8.self)
      let isBlank: (UInt8) -> Bool = { $0 == 32 || $0 == 9 || $0 == 13 || $0 == 10 }
      let value = bytes[(colon + 1)...].drop(while: isBlank)
      let end = value.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? value.startIndex
      headers.append(HTTPHeader(name, String(decoding: value[..<end], as: UTF8.self)))
    }
    return bytes.count
  }

  /// What came of it, once libcurl has said how the transfer ended.
  func result(_ code: CURLcode) -> Result<HTTPResponse, CourierError> {
    guard code == CURLE_OK else { return .failure(error(code)) }
    var status = 0
    pz_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return .success(HTTPResponse(status: status, headers: headers, body: answer))
  }

  /// Where a mail server's last word was a final no (RFC 5321 section 4.2.1). Wrong rights are set right by people.
  private func rejection(_ origin: String, _ detail: String) -> CourierError? {
    var status = 0
    pz_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    guard (500...599).contains(status), ![530, 534, 535, 538].contains(status) else { return nil }
    return CourierError(.rejected, .notSent, "\(origin) refuses the mail (\(status)): \(detail)")
  }

  private func error(_ code: CURLcode) -> CourierError {
    let origin = errand.origin
    let detail = errorText[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    if overflow {
      let limits = "\(errand.answerBytesMax) bytes of body, \(headerBytesMax) of headers"
      return CourierError(.tooLarge, .unknown, "the answer of \(origin) is larger than allowed (\(limits))")
    }
    if let refusedAddress, delivery == .notSent {
      let why = "\(origin) is at \(refusedAddress), a private or local address, which is not allowed"
      return CourierError(.privateAddress, .notSent, why)
    }
    if case .mail = errand, let rejection = rejection(origin, detail) { return rejection }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      return CourierError(.resolve, delivery, "\(origin): \(detail)")
    case CURLE_COULDNT_CONNECT:
      return CourierError(.connect, delivery, "\(origin): \(detail)")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED:
      return CourierError(.tls, delivery, "\(origin): TLS: \(detail)")
    case CURLE_OPERATION_TIMEDOUT:
      let stage = delivery == .notSent ? "no connection in time" : "no complete answer in time"
      return CourierError(.timeout, delivery, "\(origin): \(stage): \(detail)")
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return CourierError(.badRequest, delivery, "\(origin) is no URL to send to: \(detail)")
    case CURLE_ABORTED_BY_CALLBACK:
      return CourierError(
        .broken, .unknown, "\(origin): the connection ended before an answer; not sent again")
    default:
      return CourierError(.broken, delivery, "\(origin): \(detail)")
    }
  }
}

extension UnsafeMutablePointer where Pointee == UInt8 {
  /// Something to point at for a body of no bytes: nil would make libcurl read from standard input.
  fileprivate static var empty: UnsafeMutablePointer<UInt8> { UnsafeMutablePointer(bitPattern: 1)! }
}

extension Duration {
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
