// Takes an AMI stream from a TCP socket and makes typed events of it: the way of the bytes in the service,
// without the event loop.
//
// usage: AMIBench serve FILE PORT      serves a capture to one connection after another
//        AMIBench read PORT            connects, reads to the end, prints one line
//        AMIBench parse FILE [TIMES]   the parser alone, from memory
import AsteriskProtocol
import Glibc
import Telephony

@main
struct AMIBench {
  static let readBytes = 65_536

  static func main() {
    let arguments = CommandLine.arguments
    switch (arguments.count, arguments.dropFirst().first) {
    case (4, "serve"): serve(file: arguments[2], port: UInt16(arguments[3]) ?? 0)
    case (3, "read"): read(port: UInt16(arguments[2]) ?? 0)
    case (3, "parse"): parse(file: arguments[2], times: 1)
    case (4, "parse"): parse(file: arguments[2], times: Int(arguments[3]) ?? 1)
    default: fail("usage: AMIBench serve FILE PORT | read PORT | parse FILE [TIMES]")
    }
  }

  /// What a reader of events would do at least: look at each.
  struct Tally {
    var events = 0
    var check = 0

    mutating func take(_ message: consuming AMIMessage) {
      switch message {
      case .event(let event, _):
        events += 1
        if case .channelHungUp(let channel, let cause) = event {
          check &+= channel.id.rawValue.utf8.count &+ cause.rawValue
        }
      case .banner, .response, .listItem: break
      }
    }
  }

  static func read(port: UInt16) {
    let connection = openSocket()
    var address = loopback(port)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { fail("cannot connect to port \(port)") }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readBytes, alignment: 64)
    defer { buffer.deallocate() }
    var parser = AMIParser()
    var tally = Tally()
    let started = now()
    while true {
      let got = recv(connection, buffer.baseAddress, buffer.count, 0)
      guard got > 0 else { break }
      parser.consume(UnsafeRawBufferPointer(rebasing: buffer[0..<got])) { tally.take($0) }
    }
    parser.connectionEnded()
    report(parser.statistics, tally, now() - started)
  }

  static func parse(file: String, times: Int) {
    let bytes = contents(of: file)
    defer { bytes.deallocate() }
    for _ in 0..<times {
      var parser = AMIParser()
      var tally = Tally()
      let started = now()
      var at = 0
      while at < bytes.count {
        let end = min(at + readBytes, bytes.count)
        parser.consume(UnsafeRawBufferPointer(rebasing: bytes[at..<end])) { tally.take($0) }
        at = end
      }
      parser.connectionEnded()
      report(parser.statistics, tally, now() - started)
    }
  }

  static func report(_ statistics: AMIStatistics, _ tally: Tally, _ took: Double) {
    let all = statistics.delivered + statistics.unwanted - 1
    let lost = statistics.malformed + statistics.distrusted + statistics.oversized + statistics.cutOff
    print(
      "swift \(all) events \(tally.events) wanted \(round4(took)) s \(Int(Double(all) / took)) events/s",
      "\(peakKilobytes()) kB lost \(lost) check \(tally.check)")
  }

  static func serve(file: String, port: UInt16) {
    let bytes = contents(of: file)
    let listener = openSocket()
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = loopback(port)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(listener, 4) == 0 else { fail("cannot listen on port \(port)") }
    signal(SIGPIPE, SIG_IGN)
    print("ready")
    fflush(nil)
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { break }
      var at = 0
      while at < bytes.count {
        let sent = send(
          connection, bytes.baseAddress.unsafelyUnwrapped + at, min(262_144, bytes.count - at), 0)
        guard sent > 0 else { break }
        at += sent
      }
      close(connection)
    }
  }

  // MARK: The system

  static func openSocket() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

  static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  static func contents(of file: String) -> UnsafeMutableRawBufferPointer {
    let descriptor = open(file, O_RDONLY)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else { fail("cannot read \(file)") }
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(status.st_size), alignment: 64)
    var at = 0
    while at < bytes.count {
      let got = Glibc.read(descriptor, bytes.baseAddress.unsafelyUnwrapped + at, bytes.count - at)
      guard got > 0 else { fail("cannot read \(file)") }
      at += got
    }
    close(descriptor)
    return bytes
  }

  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  static func peakKilobytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
  }

  static func round4(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

  static func fail(_ message: String) -> Never {
    print(message)
    exit(2)
  }
}
