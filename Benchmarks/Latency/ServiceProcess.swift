import Foundation
import FoundationNetworking

/// The real program, `perezvon serve`, as a child process.
final class ServiceProcess {
  struct Memory {
    /// Kilobytes in memory now and at the highest.
    var resident: Int
    var peak: Int
  }

  private let process = Process()
  private let log: String
  let httpPort: Int
  let token: String

  init(binary: String, configuration: String, log: String, httpPort: Int, token: String) {
    self.log = log
    self.httpPort = httpPort
    self.token = token
    // Dies with this process, however that ends.
    process.executableURL = URL(filePath: "/usr/bin/setpriv")
    process.arguments = ["--pdeathsig", "KILL", "--", binary, "serve", "--config", configuration]
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let output = FileHandle(forWritingAtPath: log)
    process.standardOutput = output
    process.standardError = output
  }

  /// Starts it and waits until it drives the PBX.
  func start() async throws {
    try process.run()
    let end = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < end, process.isRunning {
      if let status = try? await status(), status.pbxs.first?.dialing == true { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    throw BenchError("the service does not come up: \(text.suffix(2_000))")
  }

  /// What is read of `GET /api/v1/status`.
  struct Status: Decodable {
    struct PBX: Decodable {
      struct Call: Decodable { var direction: String }
      struct Queue: Decodable {
        struct Waiting: Decodable { var wait: Int }
        var waiting: [Waiting]
      }
      var dialing: Bool
      var calls: [Call]
      var queues: [Queue]
    }
    var pbxs: [PBX]
  }

  func status() async throws -> Status {
    guard let url = URL(string: "http://127.0.0.1:\(httpPort)/api/v1/status") else {
      throw BenchError("no address")
    }
    var request = URLRequest(url: url)
    request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    let (data, _) = try await URLSession.shared.data(for: request)
    return try JSONDecoder().decode(Status.self, from: data)
  }

  func memory() throws -> Memory {
    let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    func kilobytes(_ key: String) throws -> Int {
      guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key + ":") }),
        let value = line.split(separator: " ").dropLast().last.flatMap({
          Int($0.trimmingCharacters(in: .whitespaces))
        })
      else { throw BenchError("no \(key) in /proc") }
      return value
    }
    return Memory(resident: try kilobytes("VmRSS"), peak: try kilobytes("VmHWM"))
  }

  /// Everything it said.
  var logged: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  /// Processor time used so far, in seconds.
  var processorSeconds: Double { Double(ticks()) / Double(sysconf(Int32(_SC_CLK_TCK))) }

  /// Processor time used so far, in clock ticks.
  private func ticks() -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
    let fields = text.split(separator: " ")
    return fields.count > 14 ? (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0) : 0
  }

  /// Waits until it has nothing left to do: less than 2 % of a core over half a second.
  func waitUntilIdle() async throws {
    let end = ContinuousClock.now + .seconds(60)
    var before = ticks()
    while ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(500))
      let now = ticks()
      if now - before <= 1 { return }
      before = now
    }
    throw BenchError("the service is still at work after 60 s")
  }

  func stop() {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }
}
