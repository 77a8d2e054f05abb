import CAssets
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The pages and what they are made of, carried in the program. They hold no data and need no token: a page asks
/// the API like anybody else, and shows a form for a token where it is refused.
struct Pages: Sendable {
  private struct File: Sendable {
    let bytes: ByteBuffer
    let type: String
    /// A strong validator: it changes with the bytes.
    let tag: String
  }

  private let files: [String: File]

  init() {
    var count = 0
    let assets = UnsafeBufferPointer(start: perezvon_pages(&count), count: count)
    var files: [String: File] = [:]
    for asset in assets {
      let name = String(cString: asset.name)
      let bytes = UnsafeBufferPointer(start: asset.bytes, count: asset.length)
      files[name] = File(
        bytes: ByteBuffer(bytes: bytes), type: Self.type(of: name), tag: "\"\(Self.digest(bytes))\"")
    }
    self.files = files
  }

  /// Which page is shown at which path: `page.html` with the page's own script and class.
  private static let places: [(path: RouterPath, page: String)] = [
    ("/", "board"), ("/agent", "agent"), ("/reports", "reports"), ("/numbers/:number", "number"),
  ]

  func add(to router: Router<some RequestContext>) {
    for (path, name) in Self.places {
      router.get(path) { request, _ in page(name, request) }
    }
    router.get("/assets/:name") { request, context in
      // Pages are shown at their own paths only: there the language is put in.
      guard let name = context.parameters.get("name"), !name.hasSuffix(".html"), let file = files[name] else {
        return APIProblem(.notFound, "There is no such file.").response
      }
      return answer(file, file.bytes, request)
    }
  }

  private func page(_ name: String, _ request: Request) -> Response {
    guard let file = files["page.html"] else {
      return APIProblem(.notFound, "There is no such page.").response
    }
    let query = request.uri.queryParameters
    let tongue = PageTongue(
      asked: query["lang"].map(String.init), accepted: request.headers[.acceptLanguage])
    var text = String(buffer: file.bytes)
    text = text.replacing("{{page}}", with: name)
    text = text.replacing("{{lang}}", with: tongue.rawValue)
    text = text.replacing("{{theme}}", with: Theme(rawValue: query["theme"] ?? "")?.rawValue ?? "auto")
    let variant = File(
      bytes: file.bytes, type: file.type, tag: "\"\(Self.digest(Array(text.utf8)))\"")
    var response = answer(variant, ByteBuffer(string: text), request)
    response.headers[.vary] = "Accept-Language"
    return response
  }

  /// What `?theme=` may say; without it the screen's own setting holds.
  private enum Theme: String {
    case dark, light
    init?(rawValue: Substring) { self.init(rawValue: String(rawValue)) }
  }

  private func answer(_ file: File, _ bytes: ByteBuffer, _ request: Request) -> Response {
    var headers: HTTPFields = [
      .contentType: file.type, .eTag: file.tag,
      // Kept, and asked for again each time: a new program is seen at once, and an old page costs one 304.
      .cacheControl: "no-cache", .xContentTypeOptions: "nosniff",
      .contentSecurityPolicy: Self.policy,
    ]
    headers[Self.referrerPolicy] = "no-referrer"
    headers[Self.openerPolicy] = "same-origin"
    headers[Self.resourcePolicy] = "same-origin"
    if request.headers[.ifNoneMatch] == file.tag {
      headers[.contentType] = nil
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
  }

  /// Nothing but our own files, no inline script or style, in nobody's frame.
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  private static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  private static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
  private static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!

  private static func type(of name: String) -> String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "svg": "image/svg+xml"
    default: "application/octet-stream"
    }
  }

  /// FNV-1a, 64 bits: tells two versions of a file apart, and is no secret.
  private static func digest(_ bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}
