import Courier
import NIOCore
import NIOPosix
import NIOSSL

/// TLS of a client connection, as a policy wants it.
struct ClientTLS: Sendable {
  private let context: NIOSSLContext

  /// `place` is for the sentence of the error.
  init(_ policy: TLSPolicy, place: String) throws(LinkError) {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = policy.verify ? .fullVerification : .none
    if let caFile = policy.caFile { configuration.trustRoots = .file(caFile) }
    do {
      context = try NIOSSLContext(configuration: configuration)
    } catch {
      let file = policy.caFile.map { ", CA file \($0)" } ?? ""
      throw LinkError(.tls, "TLS for \(place) cannot be set up\(file): \(error)")
    }
  }

  /// A handler for one connection to this host. An address is checked as one, a name as a name.
  func handler(host: String) throws -> NIOSSLClientHandler {
    let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
    return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
  }
}

/// Why a connection could not be made, short.
func connectFailure(_ error: any Error) -> String {
  switch error {
  case let error as NIOConnectionError:
    if let first = error.connectionErrors.first { return connectFailure(first.error) }
    return "the host name \(error.host) cannot be resolved"
  case let error as IOError:
    switch error.errnoCode {
    case 111: return "connection refused"
    case 113: return "no route to host"
    case 110: return "no answer"
    default: return "\(error)"
    }
  case ChannelError.connectTimeout(let time): return "no answer within \(time.nanoseconds / 1_000_000) ms"
  default: return "\(error)"
  }
}
