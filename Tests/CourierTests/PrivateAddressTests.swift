import Lab
import Testing

@testable import Courier

@Suite struct `A private address` {
  @Test func `is one of this machine, its networks, its links, or none that is given out`() {
    let inside: [[UInt8]] = [
      [127, 0, 0, 1], [10, 1, 2, 3], [172, 16, 0, 1], [172, 31, 255, 255], [192, 168, 1, 1],
      [169, 254, 169, 254],
      [100, 64, 0, 1], [0, 0, 0, 0], [224, 0, 0, 1], [255, 255, 255, 255], [198, 18, 0, 1],
    ]
    for address in inside { #expect(PrivateAddress.isPrivate4(address), "\(address)") }
    for address: [UInt8] in [
      [8, 8, 8, 8], [172, 32, 0, 1], [100, 63, 0, 1], [192, 167, 1, 1], [77, 88, 55, 60],
    ] {
      #expect(!PrivateAddress.isPrivate4(address), "\(address)")
    }
    func six(_ head: [UInt8], _ tail: [UInt8]) -> [UInt8] {
      head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }
    for address in [
      six([], [1]), six([], []), six([0xFE, 0x80], [1]), six([0xFD, 0], [1]), six([0xFF, 2], [1]),
      six([], [0xFF, 0xFF, 127, 0, 0, 1]), six([0, 0x64, 0xFF, 0x9B], [10, 0, 0, 1]),
      six([0x20, 2, 192, 168, 0, 1], []),
      six([], [10, 0, 0, 1]), six([0x20, 0x01, 0x0D, 0xB8], [1]),
    ] {
      #expect(PrivateAddress.isPrivate6(address), "\(address)")
    }
    for address in [
      six([0x2A, 0x02, 0x06, 0xB8], [2]), six([], [0xFF, 0xFF, 8, 8, 8, 8]), six([0x20, 2, 8, 8, 8, 8], []),
    ] {
      #expect(!PrivateAddress.isPrivate6(address), "\(address)")
    }
  }

  @Test(arguments: ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "127.1", "2130706433"])
  func `is not connected to where a request refuses it, by whatever name`(_ host: String) async throws {
    let sink = try HTTPSink()
    let courier = try Courier()
    var request = HTTPRequest(.post, "http://\(host):\(sink.port)/", body: Array("x".utf8))
    request.refusesPrivate = true
    var code: CourierError.Code?
    do throws(CourierError) { _ = try await courier.send(request) } catch { code = error.code }
    #expect(code == .privateAddress)
    #expect(sink.requests.isEmpty)
  }

  @Test func `is connected to where nobody refuses it`() async throws {
    let sink = try HTTPSink()
    let courier = try Courier()
    let answer = try await courier.send(
      HTTPRequest(.post, "http://127.0.0.1:\(sink.port)/", body: Array("x".utf8)))
    #expect(answer.status == 200 && sink.requests.map(\.body) == ["x"])
  }
}
