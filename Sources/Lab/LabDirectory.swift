import Foundation
import Glibc
import Synchronization

/// The files of one lab: `<base>/lab-<pid>-<n>`. It goes with the lab; what a killed process left behind is
/// removed, processes first, when the next lab starts.
final class LabDirectory: Sendable {
  let path: String
  let keep: Bool
  /// Locked as long as the owner lives: the kernel lets go of it however he ends.
  private let owner: Int32
  private static let count = Mutex(0)

  /// The base is short because the path of a unix socket has room for 107 bytes.
  static var defaultBase: String { "/tmp/perezvon-lab-\(getuid())" }

  init(base: String, keep: Bool) throws(LabError) {
    let number = Self.count.withLock { count in
      count += 1
      return count
    }
    path = "\(base)/lab-\(getpid())-\(number)"
    self.keep = keep
    do {
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw LabError(.resources, "cannot make \(path): \(error.localizedDescription)")
    }
    // Locked before it has the name that sweepers look for: one of them could lock it in between.
    let unseen = "\(path)/\(Self.ownerFile).new"
    owner = open(unseen, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard owner >= 0, flock(owner, LOCK_EX | LOCK_NB) == 0,
      rename(unseen, "\(path)/\(Self.ownerFile)") == 0
    else {
      throw LabError(.resources, "cannot lock \(path)")
    }
    Self.sweep(base)
  }

  private static let ownerFile = "owner.lock"

  deinit { close(owner) }

  func remove() {
    if keep {
      // Without it the next lab leaves the directory alone.
      unlink("\(path)/\(Self.ownerFile)")
    } else {
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  /// Makes a directory inside and returns its path.
  func directory(_ name: String) throws(LabError) -> String {
    let inner = "\(path)/\(name)"
    do {
      try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    } catch {
      throw LabError(.resources, "cannot make \(inner): \(error.localizedDescription)")
    }
    return inner
  }

  /// Ends processes and removes directories of labs whose process is gone.
  private static func sweep(_ base: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
    for name in names where name.hasPrefix("lab-") {
      let path = "\(base)/\(name)"
      // Without the file it is being made at this moment; with the lock held its owner lives.
      let file = open("\(path)/\(ownerFile)", O_RDWR | O_CLOEXEC)
      guard file >= 0 else { continue }
      defer { close(file) }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else { continue }
      for pid in processes(naming: path + "/") { kill(pid, SIGKILL) }
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  /// Processes with this text in their command line, this one aside. From `/proc`.
  static func processes(naming text: String) -> [pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.filter { pid in
      guard pid != getpid(), let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else {
        return false
      }
      return String(decoding: line, as: UTF8.self).contains(text)
    }
  }
}

/// Writes a file of the lab.
func writeFile(_ path: String, _ text: String) throws(LabError) {
  do {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
  } catch {
    throw LabError(.resources, "cannot write \(path): \(error.localizedDescription)")
  }
}
