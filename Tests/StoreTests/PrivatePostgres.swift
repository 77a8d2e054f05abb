import Foundation
import Synchronization

/// A PostgreSQL of our own on a free loopback port, in a new directory. A small shell process watches this
/// one and stops the server and removes its files when this one is gone, however it ended.
final class PrivatePostgres: Sendable {
  let directory: String
  let port: Int
  private let databases = Atomic<Int>(0)

  /// One server for all tests of this process.
  static let shared = Result { try PrivatePostgres() }

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  init() throws {
    let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql").compactMap(
      Int.init)
    guard let newest = versions.max() else { throw Failure(description: "apt-get install postgresql") }
    let bin = "/usr/lib/postgresql/\(newest)/bin"
    directory = NSTemporaryDirectory() + "/store-tests-\(UUID().uuidString.prefix(8))"
    port = try Self.freePort()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    if getuid() == 0 { try Self.run("chown", "postgres:postgres", directory) }
    try Self.asServer(
      "\(bin)/initdb", "-D", directory + "/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
      "--locale=C.UTF-8", "-N")
    let options = "-p \(port) -k \(directory) -c listen_addresses=127.0.0.1 -c max_connections=400"
    try Data("bin=\(bin)\noptions='\(options)'\n".utf8).write(to: URL(filePath: directory + "/how"))
    try control(bin, "start", "-l", directory + "/log", "-o", options)
    try watch(bin)
  }

  /// A new, empty database; its URI.
  func database() throws -> String {
    let name = "books_\(databases.add(1, ordering: .relaxed).newValue)"
    try Self.run(
      "psql", "-qX", "-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres", "-c", "CREATE DATABASE \(name)")
    return "postgresql://postgres@127.0.0.1:\(port)/\(name)"
  }

  /// `pg_ctl restart`, fast: every session is cut off.
  func restart() throws {
    let bin = try configuredBin()
    try control(bin, "restart", "-m", "fast", "-l", directory + "/log")
  }

  func stop() throws { try control(try configuredBin(), "stop", "-m", "fast") }

  func start() throws {
    let options = "-p \(port) -k \(directory) -c listen_addresses=127.0.0.1 -c max_connections=400"
    try control(try configuredBin(), "start", "-l", directory + "/log", "-o", options)
  }

  private func configuredBin() throws -> String {
    let how = try String(contentsOfFile: directory + "/how", encoding: .utf8)
    return String(how.split(separator: "\n")[0].dropFirst(4))
  }

  private func control(_ bin: String, _ arguments: String...) throws {
    try Self.asServer(["\(bin)/pg_ctl", "-D", directory + "/data", "-w"] + arguments)
  }

  private func watch(_ bin: String) throws {
    let stop = getuid() == 0 ? "runuser -u postgres -- " : ""
    let script = """
      while kill -0 \(getpid()) 2>/dev/null; do sleep 0.5; done
      \(stop)\(bin)/pg_ctl -D \(directory)/data -m immediate stop
      rm -rf \(directory)
      """
    _ = try Self.spawn(["setsid", "sh", "-c", script])
  }

  private static func asServer(_ arguments: String...) throws { try asServer(arguments) }

  /// PostgreSQL refuses to run as root.
  private static func asServer(_ arguments: [String]) throws {
    try run(getuid() == 0 ? ["runuser", "-u", "postgres", "--"] + arguments : arguments)
  }

  private static func run(_ arguments: String...) throws { try run(arguments) }

  static func run(_ arguments: [String]) throws {
    let child = try spawn(arguments)
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1 && errno == EINTR {}
    guard status == 0 else {
      throw Failure(description: "\(arguments.joined(separator: " ")): wait status \(status)")
    }
  }

  /// `posix_spawn_file_actions_addclosefrom_np` of glibc 2.34+, which the Glibc module does not show.
  private static let closeFrom:
    (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32)? =
      dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
        unsafeBitCast(
          $0, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
      }

  // Not Foundation's Process: it waits for all that inherited its socket, and so for the server itself.
  private static func spawn(_ arguments: [String]) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    // Other tests' sockets must not live on in a server: their peers would never see them closed.
    _ = closeFrom?(&actions, 3)
    let words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let failed = posix_spawnp(&child, arguments[0], &actions, nil, words, environ)
    guard failed == 0 else { throw Failure(description: "\(arguments[0]): error \(failed)") }
    return child
  }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
      }
    }
    guard bound else { throw Failure(description: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
