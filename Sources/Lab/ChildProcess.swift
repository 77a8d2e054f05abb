import Foundation
import Glibc
import Synchronization

/// A program the lab started. It is told to die when the lab's process dies, however that happens.
///
/// The kernel sends a child its parent-death signal when the *thread* that made it ends, so all children are
/// made by one thread that lives as long as the process. `setpriv --pdeathsig` (util-linux 2.33+) arms it.
final class ChildProcess: Sendable {
  let pid: pid_t
  let name: String
  private let state: Mutex<State>

  private struct State: Sendable {
    var exitStatus: Int32?
    var waiters: [CheckedContinuation<Int32, Never>] = []
  }

  private init(pid: pid_t, name: String) {
    self.pid = pid
    self.name = name
    state = Mutex(State())
  }

  /// How a child is started.
  struct Launch: Sendable {
    var arguments: [String]
    var environment: [String: String] = [:]
    /// File that takes what it prints; appended to. `/dev/null` where left out.
    var output = "/dev/null"
    var workDirectory = "/"
    /// Sent to the child when the lab's process dies.
    var deathSignal = "KILL"
    /// User and group to run as; nil for the lab's own.
    var user: String?
  }

  /// Starts a program in a process group of its own, so that Ctrl-C in a terminal reaches only the owner.
  static func start(_ name: String, _ launch: Launch) async throws(LabError) -> ChildProcess {
    let result = await withCheckedContinuation { continuation in
      Spawner.shared.perform { continuation.resume(returning: spawn(name, launch)) }
    }
    let child = try result.get()
    Thread.detachNewThread { child.reap() }
    return child
  }

  /// `posix_spawn_file_actions_addclosefrom_np` of glibc 2.34+, which the Glibc module does not show.
  private static let closeFrom: CloseFrom? = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
    unsafeBitCast($0, to: CloseFrom.self)
  }
  private typealias CloseFrom =
    @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

  private static func spawn(_ name: String, _ launch: Launch) -> Result<ChildProcess, LabError> {
    var command = ["setpriv", "--pdeathsig", launch.deathSignal]
    if let user = launch.user { command += ["--reuid", user, "--regid", user, "--clear-groups"] }
    command += ["--", "env", "-C", launch.workDirectory] + launch.arguments

    var environment = ProcessInfo.processInfo.environment
    for (key, value) in launch.environment { environment[key] = value }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, launch.output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // Sockets of the parent must not live on in a server.
    _ = closeFrom?(&actions, 3)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    var argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let failure = posix_spawnp(&pid, "setpriv", &actions, &attributes, &argv, &envp)
    guard failure == 0 else {
      return .failure(LabError(.program, "cannot start \(name): \(String(cString: strerror(failure)))"))
    }
    return .success(ChildProcess(pid: pid, name: name))
  }

  /// Waits in a thread of its own. The process is taken off the kernel's list only under the lock, so that
  /// `signal` can never hit a stranger with the same number.
  private func reap() {
    var info = siginfo_t()
    while waitid(P_PID, UInt32(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    let waiters = state.withLock { state in
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      state.exitStatus = status
      defer { state.waiters = [] }
      return state.waiters
    }
    let status = state.withLock { $0.exitStatus ?? 0 }
    for waiter in waiters { waiter.resume(returning: status) }
  }

  var isRunning: Bool { state.withLock { $0.exitStatus == nil } }

  /// Sends a signal; nothing happens where the process has ended.
  func signal(_ number: Int32) {
    state.withLock { state in
      if state.exitStatus == nil { _ = kill(pid, number) }
    }
  }

  /// Waits for the end and returns the wait status (`WEXITSTATUS` is `status >> 8 & 0xff`).
  @discardableResult
  func waitForExit() async -> Int32 {
    await withCheckedContinuation { continuation in
      let known: Int32? = state.withLock { state in
        if let status = state.exitStatus { return status }
        state.waiters.append(continuation)
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// Sends a signal and waits; after `grace` kills.
  func stop(_ number: Int32, grace: Duration) async {
    signal(number)
    let killer = Task {
      try await Task.sleep(for: grace)
      signal(SIGKILL)
    }
    await waitForExit()
    killer.cancel()
  }

  /// Runs a program to its end and returns what it printed (standard output and errors together).
  static func run(_ launch: Launch) async throws(LabError) -> (status: Int32, output: String) {
    var launch = launch
    let file = NSTemporaryDirectory() + "/perezvon-lab-\(UUID().uuidString).out"
    launch.output = file
    defer { unlink(file) }
    let child = try await start(launch.arguments.first ?? "", launch)
    let status = await child.waitForExit()
    let output = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    return (status >> 8 & 0xff | status & 0x7f, output)
  }

  /// The same, and a failure is an error that holds the last lines.
  @discardableResult
  static func mustRun(_ launch: Launch) async throws(LabError) -> String {
    let (status, output) = try await run(launch)
    guard status == 0 else {
      let tail = output.split(separator: "\n").suffix(6).joined(separator: "\n")
      throw LabError(.program, "\(launch.arguments.joined(separator: " ")) failed (\(status)): \(tail)")
    }
    return output
  }
}

/// The one thread that makes children.
private final class Spawner: Sendable {
  static let shared = Spawner()
  private let work = Mutex<[@Sendable () -> Void]>([])
  private let signal = DispatchSemaphore(value: 0)

  private init() {
    let thread = Thread { [self] in
      while true {
        signal.wait()
        let next = work.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        next?()
      }
    }
    thread.name = "lab spawner"
    thread.start()
  }

  func perform(_ body: @escaping @Sendable () -> Void) {
    work.withLock { $0.append(body) }
    signal.signal()
  }
}
