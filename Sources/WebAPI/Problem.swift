import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The few JSON values that answers without a type of their own need.
enum JSONValue: Encodable {
  case bool(Bool)
  case text(String)
  case number(Int)
  case strings([String])

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .bool(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .strings(let value): try container.encode(value)
    }
  }
}

/// A counter under a lock with a bound.
final class Counter: Sendable {
  private let value = Mutex(0)

  /// False, and nothing changed, where the sum would pass `limit`.
  func add(_ amount: Int, upTo limit: Int) -> Bool {
    value.withLock { current in
      guard current + amount <= limit else { return false }
      current += amount
      return true
    }
  }
}

func text(_ string: String) -> ResponseBody { .init(byteBuffer: ByteBuffer(string: string)) }

func json(_ fields: [String: JSONValue], _ status: HTTPResponse.Status) -> Response {
  let data = (try? JSONEncoder().encode(fields)) ?? Data("{}".utf8)
  return Response(
    status: status, headers: [.contentType: "application/json"],
    body: .init(byteBuffer: ByteBuffer(bytes: data)))
}

/// An error as RFC 9457 wants it: `application/problem+json` with a sentence that says what to do.
func problem(_ status: HTTPResponse.Status, _ detail: String) -> Response {
  let fields: [String: JSONValue] = [
    "title": .text(status.reasonPhrase), "status": .number(status.code), "detail": .text(detail),
  ]
  var response = json(fields, status)
  response.headers[.contentType] = "application/problem+json"
  if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
  return response
}
