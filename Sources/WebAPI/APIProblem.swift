import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Why a request is not done: an answer of `application/problem+json` (RFC 9457).
public struct APIProblem: Error, Sendable, Equatable {
  /// What kind of no it is.
  public enum Kind: Int, Sendable, CaseIterable {
    case invalid = 400
    case unauthorized = 401
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case conflict = 409
    case tooLarge = 413
    case notAJSONBody = 415
    case keyReused = 422
    case tooMany = 429
    case failed = 500
    case unavailable = 503

    /// With its phrase: what is made of a bare number has none.
    var status: HTTPResponse.Status {
      switch self {
      case .invalid: .badRequest
      case .unauthorized: .unauthorized
      case .forbidden: .forbidden
      case .notFound: .notFound
      case .methodNotAllowed: .methodNotAllowed
      case .conflict: .conflict
      case .tooLarge: .contentTooLarge
      case .notAJSONBody: .unsupportedMediaType
      case .keyReused: .unprocessableContent
      case .tooMany: .tooManyRequests
      case .failed: .internalServerError
      case .unavailable: .serviceUnavailable
      }
    }
  }

  public var kind: Kind
  /// A sentence that says what to do.
  public var detail: String
  /// Header fields beside the usual ones: `Allow`, `Retry-After`.
  var headers: HTTPFields = [:]

  public init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
  }

  var response: Response {
    let body: JSONNode = [
      "title": .text(kind.status.reasonPhrase), "status": .integer(Int64(kind.rawValue)),
      "detail": .text(detail),
    ]
    var response = Response(
      status: kind.status, headers: headers,
      body: .init(byteBuffer: ByteBuffer(bytes: (try? JSONEncoder().encode(body)) ?? Data("{}".utf8))))
    response.headers[.contentType] = "application/problem+json"
    if kind == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
    return response
  }
}
