import Foundation
import Glibc
import Synchronization

/// A Debian of its own in a directory, for tests of the package: unpacked from a cached archive, entered by chroot in a
/// mount namespace of its own. No container, no init: what systemd does there a test has to do. Needs root.
public final class DebianRoot: Sendable {
  /// Where it lies.
  public let path: String
  private let mounts: [(from: String, to: String)]

  /// Packages beside the essential ones: those Perezvon's package depends on, a client of PostgreSQL, systemd for
  /// `systemd-analyze`.
  static let packages = [
    "adduser", "ca-certificates", "libcurl4", "libphonenumber8", "libpq5", "postgresql-client", "procps",
    "systemd",
    "tzdata", "zstd",
  ]
  /// Raised when `packages` changes: the cached archive has it in its name.
  static let edition = 1

  /// Why there can be none here; nil where there can.
  public static var hindrance: String? {
    if getuid() != 0 { return "a Debian root needs root" }
    for program in ["mmdebstrap", "unshare", "chroot", "mount"] where Program.find(program) == nil {
      return "\(program) is missing"
    }
    return nil
  }

  private init(path: String, mounts: [(from: String, to: String)]) {
    self.path = path
    self.mounts = mounts
  }

  /// Unpacks one. The first time its packages are loaded (about 120 MB, 40 s), and kept in the cache.
  ///
  /// - Parameters:
  ///   - name: of the directory below `workDirectory`.
  ///   - mounts: directories of this machine, and where they appear inside.
  public static func unpack(
    _ name: String, mounts: [(from: String, to: String)] = [], options: LabOptions = LabOptions()
  ) async throws(LabError) -> DebianRoot {
    let archive = try await archive(cache: options.cacheDirectory)
    let path = "\(options.workDirectory)/debian-\(getpid())-\(name)"
    try await ChildProcess.mustRun(.init(arguments: ["rm", "-rf", "--one-file-system", path]))
    try await ChildProcess.mustRun(.init(arguments: ["mkdir", "-p", path]))
    try await ChildProcess.mustRun(.init(arguments: ["tar", "-C", path, "-xf", archive]))
    return DebianRoot(path: path, mounts: mounts)
  }

  /// The archive, made under a lock; it appears under its name whole or not at all.
  private static func archive(cache: String) async throws(LabError) -> String {
    let archive = "\(cache)/debian-bookworm-\(edition).tar"
    if FileManager.default.fileExists(atPath: archive) { return archive }
    if let hindrance { throw LabError(.missingPackages, hindrance) }
    do { try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true) } catch {
      throw LabError(.resources, "cannot make \(cache): \(error.localizedDescription)")
    }
    let lock = open("\(cache)/debian.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw LabError(.resources, "cannot lock \(cache)") }
    defer { close(lock) }
    await onThread { _ = flock(lock, LOCK_EX) }
    if FileManager.default.fileExists(atPath: archive) { return archive }
    let part = "\(cache)/debian.part.tar"
    try await ChildProcess.mustRun(
      .init(arguments: [
        "mmdebstrap", "--variant=minbase", "--include=\(packages.joined(separator: ","))", "--quiet",
        "bookworm",
        part,
      ]))
    guard rename(part, archive) == 0 else { throw LabError(.unpack, "cannot keep \(archive)") }
    return archive
  }

  /// Copies a file in.
  public func put(_ file: String, at place: String, mode: String = "644") async throws(LabError) {
    try await ChildProcess.mustRun(.init(arguments: ["install", "-D", "-m", mode, file, path + place]))
  }

  /// Writes a file inside.
  public func write(_ text: String, to place: String, mode: String = "644") async throws(LabError) {
    let directory = URL(filePath: path + place).deletingLastPathComponent().path()
    try await ChildProcess.mustRun(.init(arguments: ["mkdir", "-p", directory]))
    try writeFile(path + place, text)
    try await ChildProcess.mustRun(.init(arguments: ["chmod", mode, path + place]))
  }

  /// A file's text; nil where it is not there.
  public func text(_ place: String) -> String? { try? String(contentsOfFile: path + place, encoding: .utf8) }

  public func has(_ place: String) -> Bool { FileManager.default.fileExists(atPath: path + place) }

  /// Runs a line of shell inside, as root; what it printed, errors included.
  public func run(_ line: String, environment: [String: String] = [:]) async throws(LabError) -> (
    status: Int32, output: String
  ) {
    try await ChildProcess.run(launch(line, environment: environment))
  }

  /// How a line of shell is started inside.
  func launch(_ line: String, environment: [String: String] = [:], output: String = "/dev/null")
    -> ChildProcess.Launch
  {
    // Devices of its own: what is installed here as root could replace those of this machine.
    var setUp = """
      mount -t proc proc '\(path)/proc'; mount -t tmpfs -o mode=755 tmpfs '\(path)/dev'
      for device in 'null 3' 'zero 5' 'full 7' 'random 8' 'urandom 9'; do
        mknod -m 666 '\(path)/dev/'"${device% *}" c 1 "${device#* }"
      done
      ln -s /proc/self/fd '\(path)/dev/fd'; mkdir -m 1777 '\(path)/dev/shm'\n
      """
    for mount in mounts {
      setUp += "mkdir -p '\(path)\(mount.to)'; mount --rbind '\(mount.from)' '\(path)\(mount.to)'\n"
    }
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    return ChildProcess.Launch(
      arguments: [
        "unshare", "--mount", "--propagation", "private", "--", "sh", "-ec",
        setUp + "exec chroot '\(path)' /usr/bin/env -i \"$@\"", "sh",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
        "DEBIAN_FRONTEND=noninteractive",
      ] + variables + ["/bin/sh", "-ec", line], output: output)
  }

  /// The same; a failure is an error with the last lines.
  @discardableResult
  public func mustRun(_ line: String, environment: [String: String] = [:]) async throws(LabError) -> String {
    let (status, output) = try await run(line, environment: environment)
    guard status == 0 else {
      throw LabError(.program, "\(line)\nfailed in the Debian root (\(status)): \(output.suffix(2_000))")
    }
    return output
  }

  /// Ends what still runs inside, and removes it.
  public func remove() async {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let pid = pid_t(name), pid != getpid(),
        let root = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/root"),
        root == path
      else { continue }
      kill(pid, SIGKILL)
    }
    _ = try? await ChildProcess.run(.init(arguments: ["rm", "-rf", "--one-file-system", path]))
  }
}
