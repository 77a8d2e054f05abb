import Foundation
import Glibc

/// Which Asterisk a lab runs.
public enum LabAsterisk: String, Sendable, Hashable, CaseIterable {
  /// Asterisk 22 of Debian forky, unpacked once into the cache.
  case v22
  /// Asterisk 16 of Debian bullseye, unpacked once into the cache.
  case v16
  /// The `asterisk` of this machine, version 16 or later.
  case installed

  var suite: String? {
    switch self {
    case .v22: "forky"
    case .v16: "bullseye"
    case .installed: nil
    }
  }
}

/// An Asterisk on disk and how it is run.
///
/// An unpacked one runs through its own dynamic linker, with its own libraries: no chroot, no mount, no root
/// rights, and paths mean the same inside and outside.
struct AsteriskPackage: Sendable {
  /// `Asterisk 22.10.1+dfsg…`
  var version: String
  /// What comes before Asterisk's own arguments.
  var command: [String]
  var modules: String
  /// Directory with `documentation`, `rest-api` and `sounds`.
  var data: String

  static func prepare(_ kind: LabAsterisk, cache: String, progress: @Sendable (String) -> Void)
    async throws(LabError) -> AsteriskPackage
  {
    guard let suite = kind.suite else { return try await installed() }
    let root = "\(cache)/asterisk-\(suite)"
    if !FileManager.default.fileExists(atPath: root) {
      try await unpack(suite, into: root, cache: cache, progress: progress)
    }
    return try await unpacked(root)
  }

  private static func installed() async throws(LabError) -> AsteriskPackage {
    guard let program = Program.find("asterisk") else {
      throw LabError(
        .missingPackages, "no asterisk is installed here: install one, or let the lab unpack its own")
    }
    let version = try await ChildProcess.mustRun(.init(arguments: [program, "-V"]))
    let number = version.split(separator: " ").last?.split(separator: ".").first.flatMap { Int($0) } ?? 0
    guard number >= 16 else {
      throw LabError(.missingPackages, "\(version) is installed; the lab needs Asterisk 16 or later")
    }
    let modules = first([
      "/usr/lib/*-linux-gnu/asterisk/modules", "/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules",
    ])
    let data = first(["/usr/share/asterisk", "/var/lib/asterisk"])
    guard let modules, let data else {
      throw LabError(.boot, "\(program) is installed, but its modules or data are not where they usually are")
    }
    return AsteriskPackage(
      version: version.trimmingCharacters(in: .whitespacesAndNewlines), command: [program], modules: modules,
      data: data)
  }

  private static func unpacked(_ root: String) async throws(LabError) -> AsteriskPackage {
    let linker = first([
      "\(root)/usr/lib/*-linux-gnu/ld-linux-*.so.*", "\(root)/lib/*-linux-gnu/ld-[0-9]*.so",
      "\(root)/lib/*-linux-gnu/ld-linux-*.so.*", "\(root)/usr/lib/ld-linux-*.so.*",
      "\(root)/lib/ld-linux-*.so.*",
    ])
    let modules = first(["\(root)/usr/lib/*-linux-gnu/asterisk/modules", "\(root)/usr/lib/asterisk/modules"])
    guard let linker, let modules else {
      throw LabError(.unpack, "\(root) holds no Asterisk: remove it, and the lab unpacks it again")
    }
    let libraries =
      matches("\(root)/usr/lib/*-linux-gnu") + matches("\(root)/lib/*-linux-gnu") + ["\(root)/usr/lib"]
    let command = [linker, "--library-path", libraries.joined(separator: ":"), "\(root)/usr/sbin/asterisk"]
    let version = try await ChildProcess.mustRun(.init(arguments: command + ["-V"]))
    return AsteriskPackage(
      version: version.trimmingCharacters(in: .whitespacesAndNewlines), command: command, modules: modules,
      data: "\(root)/usr/share/asterisk")
  }

  /// Downloads and extracts under a lock; the finished tree appears under its name at once or not at all.
  private static func unpack(
    _ suite: String, into root: String, cache: String, progress: @Sendable (String) -> Void
  ) async throws(LabError) {
    guard Program.find("mmdebstrap") != nil else {
      throw LabError(.missingPackages, "to unpack an Asterisk the lab needs: apt-get install mmdebstrap")
    }
    do {
      try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
    } catch {
      throw LabError(.resources, "cannot make \(cache): \(error.localizedDescription)")
    }
    let lock = open("\(cache)/\(suite).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw LabError(.resources, "cannot lock \(cache)") }
    defer { close(lock) }
    await onThread { _ = flock(lock, LOCK_EX) }
    if FileManager.default.fileExists(atPath: root) { return }
    progress("unpacking Asterisk of Debian \(suite) into \(root) (about 110 MB to load, once)")
    let part = "\(root).part"
    if FileManager.default.fileExists(atPath: part) {
      try await ChildProcess.mustRun(.init(arguments: ["rm", "-rf", "--one-file-system", part]))
    }
    let (status, output) = try await ChildProcess.run(
      .init(arguments: [
        // `extract` runs no maintainer script: nothing of the tree is executed but Asterisk.
        "mmdebstrap", "--variant=extract", "--aptopt=Acquire::Check-Valid-Until \"false\"",
        "--include=asterisk", suite, part,
      ]))
    guard status == 0, rename(part, root) == 0 else {
      let tail = output.split(separator: "\n").suffix(4).joined(separator: "\n")
      throw LabError(.unpack, "mmdebstrap could not unpack Asterisk from Debian \(suite): \(tail)")
    }
  }

  private static func first(_ patterns: [String]) -> String? { patterns.lazy.flatMap(matches).first }

  private static func matches(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }
}

/// Programs the lab starts.
enum Program {
  /// Where a program is, by the usual directories and PATH.
  static func find(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let directories =
      path.split(separator: ":").map(String.init) + ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    return directories.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Directory of the newest PostgreSQL server that Debian's packages put here.
  static func postgresDirectory() -> String? {
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
    return versions.compactMap { Int($0) }.sorted(by: >).map { "/usr/lib/postgresql/\($0)/bin" }
      .first { access("\($0)/initdb", X_OK) == 0 }
  }
}

/// Runs blocking work on a thread of its own, so that no shared thread waits.
func onThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: body()) }
  }
}
